import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { id, instant } from './column.ts';

// The first five are Better Auth's, in its words: it reads and writes them by these property names, and by the web's clock.

/** Somebody with an account. */
export const authUser = pgTable('auth_user', {
  id: id('id').primaryKey(),
  /** In small letters. */
  email: text('email').notNull().unique(),
  /** Its owner has shown that the address is theirs, by a link that was mailed there. */
  emailVerified: boolean('email_verified').notNull().default(false),
  name: text('name').notNull(),
  image: text('image'),
  createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
  updatedAt: instant('updated_at').notNull().default(sql`statement_timestamp()`),
});

const userId = () =>
  id('user_id')
    .notNull()
    .references(() => authUser.id, { onDelete: 'cascade' });

/** A browser that is signed in. Without its row the cookie is worth nothing: signing out deletes it. */
export const authSession = pgTable(
  'auth_session',
  {
    id: id('id').primaryKey(),
    userId: userId(),
    /** What the signed cookie carries. */
    token: text('token').notNull().unique(),
    expiresAt: instant('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    /** When the password was last asked for. */
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    updatedAt: instant('updated_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [index('auth_session_user').on(t.userId)],
);

/** A way to sign in; ours is the password alone. */
export const authAccount = pgTable(
  'auth_account',
  {
    id: id('id').primaryKey(),
    userId: userId(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: instant('access_token_expires_at'),
    refreshTokenExpiresAt: instant('refresh_token_expires_at'),
    scope: text('scope'),
    /** Salted scrypt. */
    password: text('password'),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    updatedAt: instant('updated_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [index('auth_account_user').on(t.userId)],
);

/** A link that may be used once, to choose a new password. */
export const authVerification = pgTable(
  'auth_verification',
  {
    id: id('id').primaryKey(),
    /** Hashed: whoever reads the table cannot use it. */
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    updatedAt: instant('updated_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [index('auth_verification_identifier').on(t.identifier)],
);

/** Tries of one address at one thing, counted for all processes together. */
export const authRateLimit = pgTable('auth_rate_limit', {
  id: id('id').primaryKey(),
  key: text('key').notNull().unique(),
  count: integer('count').notNull(),
  /** Milliseconds since 1970. */
  lastRequest: bigint('last_request', { mode: 'number' }).notNull(),
});

/** A cart that belongs to an account. It stays the account's when the cart itself is gone: its orders name it. */
export const accountCart = pgTable(
  'account_cart',
  {
    cartId: id('cart_id').primaryKey(),
    userId: userId(),
    adoptedAt: instant('adopted_at').notNull().default(sql`statement_timestamp()`),
    /** The account shows the cart whose instant is the latest; null: this one never. */
    currentAt: instant('current_at'),
  },
  (t) => [index('account_cart_user').on(t.userId)],
);

/** An order that was placed without signing in, by somebody who has shown since that its e-mail address is theirs. */
export const orderClaim = pgTable(
  'order_claim',
  {
    orderId: id('order_id').primaryKey(),
    userId: userId(),
    claimedAt: instant('claimed_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [index('order_claim_user').on(t.userId)],
);
