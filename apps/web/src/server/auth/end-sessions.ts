import { type Actor, appendAccountAudit } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { SESSION_COOKIE } from './session.ts';

const { authSession } = schema;

const ACTOR: Actor = 'shopper';

/** Signs one browser out. Somebody else's session, or one that has ended: nothing happens. */
export async function endSession(db: Db, { userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
  await db.transaction(async (tx) => {
    const ended = await tx
      .delete(authSession)
      .where(and(eq(authSession.id, sessionId), eq(authSession.userId, userId)))
      .returning({ id: authSession.id });
    if (ended.length > 0) await appendAccountAudit(tx, { userId, actor: ACTOR, action: 'account.signed_out' });
  });
}

/** Signs every browser of an account out, the one that asks among them. */
export async function endAllSessions(db: Db, userId: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(authSession).where(eq(authSession.userId, userId));
    await appendAccountAudit(tx, { userId, actor: ACTOR, action: 'account.signed_out_everywhere' });
  });
}

/** Takes the session's cookie from the browser. Without its row it was worth nothing already. */
export function sessionCookieEnd(publicUrl: string): string {
  return publicUrl.startsWith('https://')
    ? `__Host-${SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure`
    : `${SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
}
