import { appendAccountAudit } from '@once/checkout';
import type { Session } from './auth/session.ts';
import { currentShopper } from './request.ts';
import { type Storefront, storefront } from './storefront.ts';

/** Somebody who may see and do what /admin offers. */
export interface Staff {
  readonly userId: string;
  readonly email: string;
}

export type StaffCheck =
  | { readonly kind: 'staff'; readonly staff: Staff }
  /** Nobody, or somebody whose password was asked for too long ago. */
  | { readonly kind: 'signed_out' }
  /** An account without the role: what it asks for does not exist. */
  | { readonly kind: 'stranger' };

/** After that long the password is asked for again; the same session goes on shopping. */
export const STAFF_HOURS = 12;

/** The role is looked up with every request, so taking an address from `ADMIN_EMAILS` ends it with the restart. */
export function checkStaff(session: Session | null, adminEmails: readonly string[]): StaffCheck {
  if (session === null) return { kind: 'signed_out' };
  const { userId, email, emailVerified, signedInAt } = session;
  if (!emailVerified || !adminEmails.includes(email)) return { kind: 'stranger' };
  if (Date.now() - signedInAt.getTime() > STAFF_HOURS * 3_600_000) return { kind: 'signed_out' };
  return { kind: 'staff', staff: { userId, email } };
}

/** The same, and the first use of the role in a session is written down. */
export async function enterAsStaff(session: Session | null, { env, shop }: Storefront): Promise<StaffCheck> {
  const check = checkStaff(session, env.adminEmails);
  if (session !== null && check.kind === 'staff') {
    const { userId, email } = check.staff;
    const actor = `staff:${email}` as const;
    await appendAccountAudit(shop.db, { userId, actor, action: 'staff.entered', id: session.id });
  }
  return check;
}

/** For pages and route handlers: whose request this is, if they are staff. */
export async function currentStaff(): Promise<Staff | undefined> {
  const check = await currentStaffCheck();
  return check.kind === 'staff' ? check.staff : undefined;
}

export async function currentStaffCheck(): Promise<StaffCheck> {
  const { session } = await currentShopper();
  return await enterAsStaff(session, storefront());
}
