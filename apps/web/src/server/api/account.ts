import { schema } from '@once/db';
import { TRPCError } from '@trpc/server';
import { and, desc, eq, gt, sql } from 'drizzle-orm';
import { endAllSessions, endSession, sessionCookieEnd } from '#server/auth/end-sessions.ts';
import { ofSession } from './input.ts';
import { procedure, router } from './trpc.ts';

const { authSession } = schema;

/** Somebody who is signed in. */
const accountProcedure = procedure.use(async ({ next, ctx }) => {
  const { session } = ctx.shopper;
  if (session === null) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return await next({ ctx: { session } });
});

export const account = router({
  /** The browsers that are signed in, the latest first. What their cookies carry stays here. */
  sessions: accountProcedure.query(async ({ ctx: { session, storefront } }) => {
    const sessions = await storefront.shop.db
      .select({ id: authSession.id, userAgent: authSession.userAgent, signedInAt: authSession.createdAt })
      .from(authSession)
      .where(and(eq(authSession.userId, session.userId), gt(authSession.expiresAt, sql`statement_timestamp()`)))
      .orderBy(desc(authSession.createdAt), desc(authSession.id));
    return sessions.map((each) => ({ ...each, isThis: each.id === session.id }));
  }),

  /** One browser, this one where none is named. */
  signOut: accountProcedure.input(ofSession).mutation(async ({ ctx: { session, storefront, setCookie }, input }) => {
    const { sessionId = session.id } = input;
    await endSession(storefront.shop.db, { userId: session.userId, sessionId });
    if (sessionId === session.id) setCookie(sessionCookieEnd(storefront.env.publicUrl));
  }),

  signOutEverywhere: accountProcedure.mutation(async ({ ctx: { session, storefront, setCookie } }) => {
    await endAllSessions(storefront.shop.db, session.userId);
    setCookie(sessionCookieEnd(storefront.env.publicUrl));
  }),
});
