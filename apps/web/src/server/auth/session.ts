import type { Auth } from './auth.ts';

/** A browser that is signed in. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  /** When the password was asked for. */
  readonly signedInAt: Date;
}

/** Read anew from the database each time: a session that was ended elsewhere is over at once. */
export async function readSession(headers: Headers, auth: Auth): Promise<Session | null> {
  if (!headers.get('cookie')?.includes(SESSION_COOKIE)) return null;
  const found = await auth.api.getSession({ headers, query: { disableCookieCache: true } });
  if (!found) return null;
  const { session, user } = found;
  return {
    id: session.id,
    userId: user.id,
    email: user.email,
    emailVerified: user.emailVerified,
    signedInAt: session.createdAt,
  };
}

/** With `__Host-` before it where the shop is reached by https. */
export const SESSION_COOKIE = 'once_session';
