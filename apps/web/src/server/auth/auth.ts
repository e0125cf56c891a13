import { createHmac } from 'node:crypto';
import { type AccountAction, appendAccountAudit } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import { PASSWORD_LENGTH } from '#account/password-length.ts';
import type { GuestCookies } from '#server/guest.ts';
import { confirmEmail } from './confirm-email.ts';
import { linkMails, passwordWasReset } from './link-mails.ts';
import { onSignIn } from './on-sign-in.ts';
import { SESSION_COOKIE } from './session.ts';
import { TRIES_WINDOW_SECONDS } from './tries.ts';

// Accounts by Better Auth: e-mail address and password. What it may be asked from outside is in handler.ts.

export const AUTH_PATH = '/api/auth';

const DAY_SECONDS = 24 * 3600;
/** Of the links that are mailed. */
const LINK_SECONDS = 3600;

export interface AuthOptions {
  readonly db: Db;
  /** Signs the guests' cookies too; what signs sessions is made from it. */
  readonly cookieSecret: string;
  readonly publicUrl: string;
  readonly guests: GuestCookies;
  readonly log: Logger;
}

export type Auth = ReturnType<typeof createAuth>;

export function createAuth({ db, cookieSecret, publicUrl, guests, log }: AuthOptions) {
  const secure = publicUrl.startsWith('https://');
  const mails = linkMails(db, publicUrl);
  return betterAuth({
    appName: 'Once',
    baseURL: publicUrl,
    basePath: AUTH_PATH,
    secret: createHmac('sha256', cookieSecret).update('sessions').digest('hex'),
    telemetry: { enabled: false },
    logger: { level: 'error', log: (_level, message, ...details) => logError(log, message, details) },
    // The shop's own pool: `max=` in DATABASE_URL is what a process may open, all in all.
    database: drizzleAdapter(db, { provider: 'pg', schema: TABLES, transaction: true }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      // And so signing up answers alike for an address that is known and for one that is not.
      requireEmailVerification: true,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: LINK_SECONDS,
      sendResetPassword: async ({ user, token }) => await mails.resetPassword(user.id, token),
      onPasswordReset: async ({ user }) => await passwordWasReset(db, user.id),
      onExistingUserSignUp: async ({ user }) => await mails.hasAccount(user.id),
    },
    emailVerification: {
      expiresIn: LINK_SECONDS,
      sendVerificationEmail: async ({ user, token }) => await mails.confirmEmail(user.id, token),
    },
    session: { expiresIn: 30 * DAY_SECONDS, disableSessionRefresh: true },
    verification: { storeIdentifier: 'hashed' },
    // The longest window says how long counts are kept, tries.ts's among them.
    rateLimit: { enabled: true, storage: 'database', window: TRIES_WINDOW_SECONDS, max: 600, customRules: RATES },
    advanced: {
      database: { generateId: () => uuidv7() },
      // Its own prefix is __Secure-, which leaves a sister host a way to set the cookie.
      useSecureCookies: false,
      cookiePrefix: 'once',
      cookies: { session_token: { name: secure ? `__Host-${SESSION_COOKIE}` : SESSION_COOKIE } },
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    // Whoever is let in by request-rules.ts, which knows under which names this machine is reached.
    trustedOrigins: (request) => [request?.headers.get('origin') ?? publicUrl],
    databaseHooks: {
      // Before the session exists: none is without its row.
      session: { create: { before: async ({ userId }) => await audit(db, userId, 'account.signed_in') } },
      user: { create: { after: async ({ id }) => await audit(db, id, 'account.created') } },
    },
    hooks: { after: onSignIn({ db, guests, log }) },
    plugins: [confirmEmail()],
  });
}

const audit = async (db: Db, userId: string, action: AccountAction) =>
  await appendAccountAudit(db, { userId, actor: 'shopper', action });

const TABLES = {
  user: schema.authUser,
  session: schema.authSession,
  account: schema.authAccount,
  verification: schema.authVerification,
  rateLimit: schema.authRateLimit,
};

/**
 * By client address; its own defaults (3 in ten seconds) would lock out an office behind one address. Clients without
 * one (this machine itself) are not counted: Better Auth would count all of them as one.
 */
const perMinute = (max: number) => (request: Request) => request.headers.has('x-forwarded-for') && { window: 60, max };

const RATES = {
  '/sign-in/email': perMinute(30),
  '/confirm-email': perMinute(30),
  '/sign-up/email': perMinute(10),
  '/request-password-reset': perMinute(10),
  '/reset-password': perMinute(30),
};

function logError(log: Logger, message: string, details: readonly unknown[]): void {
  const error = details.find((detail) => detail instanceof Error);
  log.error({ err: error }, `accounts: ${message.split('\n')[0]}`);
}
