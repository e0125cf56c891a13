import { appendAccountAudit } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';

const { authUser, outbox } = schema;

type Kind = 'confirm_email' | 'reset_password' | 'has_account';

/**
 * The mails of an account. They are written into the outbox, and the worker sends them. A link opens a page where something
 * must still be typed: many mail servers follow every link in a mail before anybody reads it.
 */
export function linkMails(db: Db, publicUrl: string) {
  return {
    confirmEmail: async (userId: string, token: string) =>
      await write(db, userId, 'confirm_email', `${publicUrl}/sign-in/confirm?token=${encodeURIComponent(token)}`),
    resetPassword: async (userId: string, token: string) =>
      await write(db, userId, 'reset_password', `${publicUrl}/sign-in/new-password?token=${encodeURIComponent(token)}`),
    hasAccount: async (userId: string) => await write(db, userId, 'has_account', `${publicUrl}/sign-in/forgotten`),
  };
}

/**
 * Pressed twice, or by somebody who wants to fill a mailbox: one mail of a kind a minute for each account. Signing up twice
 * at once is the same person, who has the link already: "you have an account" would be about themselves.
 */
async function write(db: Db, userId: string, kind: Kind, link: string): Promise<void> {
  await db.execute(sql`
    insert into ${outbox} (order_id, kind, subject_id, link)
    select ${userId}::uuid, ${kind}::text, ${uuidv7()}::uuid, ${link}::text
    where not exists (
      select 1 from ${outbox}
      where order_id = ${userId}::uuid
        and (kind = ${kind}::text or (kind = 'confirm_email' and ${kind}::text = 'has_account'))
        and created_at > statement_timestamp() - interval '1 minute')`);
}

/** Whoever came by the link has shown that the address is theirs. */
export async function passwordWasReset(db: Db, userId: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.update(authUser).set({ emailVerified: true }).where(eq(authUser.id, userId));
    await appendAccountAudit(tx, { userId, actor: 'shopper', action: 'account.password_reset' });
  });
}
