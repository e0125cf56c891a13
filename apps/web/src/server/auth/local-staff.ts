import { schema } from '@once/db';
import { eq } from 'drizzle-orm';
import { LOCAL_STAFF_EMAIL } from '#env.ts';
import type { Storefront } from '#server/storefront.ts';

/**
 * With the local provider on this machine alone there is no money and nobody else, so somebody who tries the shop finds an
 * account that may open /admin. Nowhere else: env.ts. Its password is public, and it is staff only where nobody said who is.
 */
export const LOCAL_STAFF_PASSWORD = 'once-upon-a-print';

/** Makes that account when somebody first signs in with it. Several at once: one of them does. */
export async function makeLocalStaff({ accounts, shop }: Storefront): Promise<void> {
  const isMade = async () => (await shop.db.$count(schema.authUser, eq(schema.authUser.email, LOCAL_STAFF_EMAIL))) > 0;
  if (await isMade()) return;
  const { password, internalAdapter } = await accounts.$context;
  const hash = await password.hash(LOCAL_STAFF_PASSWORD);
  try {
    const user = await internalAdapter.createUser(
      { email: LOCAL_STAFF_EMAIL, name: 'Staff', emailVerified: true },
      { method: 'email-password' },
    );
    await internalAdapter.linkAccount({
      userId: user.id,
      providerId: 'credential',
      accountId: user.id,
      password: hash,
    });
  } catch (error) {
    if (!(await isMade())) throw error;
  }
}
