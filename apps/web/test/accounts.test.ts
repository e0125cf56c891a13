import { randomUUID } from 'node:crypto';
import { schema } from '@once/db';
import { and, desc, eq } from 'drizzle-orm';
import { afterAll, expect, test } from 'vitest';
import { checkStaff } from '#server/staff.ts';
import { Guest, openShop } from './open-shop.ts';

// One proxy: whom it saw is who asks.
const shop = await openShop({ TRUSTED_PROXIES: '1' });
const { db } = shop.storefront.shop;
afterAll(() => shop.close());

const PASSWORD = 'three plain words';
const anEmail = () => `${randomUUID()}@example.org`;

async function userOf(email: string) {
  const [user] = await db.select().from(schema.authUser).where(eq(schema.authUser.email, email));
  return user;
}

/** The token in the last mail of a kind. */
async function tokenFor(email: string, kind: 'confirm_email' | 'reset_password'): Promise<string> {
  const user = await userOf(email);
  const [mail] = await db
    .select()
    .from(schema.outbox)
    .where(and(eq(schema.outbox.orderId, user?.id ?? ''), eq(schema.outbox.kind, kind)))
    .orderBy(desc(schema.outbox.createdAt));
  return new URL(mail?.link ?? 'http://no.mail').searchParams.get('token') ?? '';
}

const hashed = shop.storefront.accounts.$context.then(({ password }) => password.hash(PASSWORD));

/** An account whose address was confirmed. */
async function hasAccount(email = anEmail()): Promise<string> {
  const { internalAdapter } = await shop.storefront.accounts.$context;
  const user = await internalAdapter.createUser({ email, name: '', emailVerified: true }, { method: 'email-password' });
  const password = await hashed;
  await internalAdapter.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password });
  return email;
}

async function signsIn(email: string, guest = new Guest(shop)): Promise<Guest> {
  expect((await guest.account('sign-in/email', { email, password: PASSWORD })).status).toBe(200);
  return guest;
}

test('an account is made by a password and a link that was mailed', async () => {
  const guest = new Guest(shop);
  const email = anEmail();
  expect((await guest.account('sign-up/email', { email, password: PASSWORD })).status).toBe(200);
  expect((await guest.account('sign-in/email', { email, password: PASSWORD })).status, 'not confirmed').toBe(403);
  const token = await tokenFor(email, 'confirm_email');
  expect((await guest.account('confirm-email', { token, password: 'of a stranger' })).status).toBe(401);
  expect(guest.cookie).toBeUndefined();
  expect((await guest.account('confirm-email', { token, password: PASSWORD })).status).toBe(200);
  expect(guest.cookie).toMatch(/^once_session=/);
  await signsIn(email);
});

test('a link does not confirm an account that was made anew since', async () => {
  const guest = new Guest(shop);
  const email = anEmail();
  await guest.account('sign-up/email', { email, password: PASSWORD });
  const token = await tokenFor(email, 'confirm_email');
  await db.delete(schema.authUser).where(eq(schema.authUser.email, email));
  await guest.account('sign-up/email', { email, password: PASSWORD });
  expect(await guest.account('confirm-email', { token, password: PASSWORD })).toHaveProperty('status', 400);
  expect(await userOf(email)).toMatchObject({ emailVerified: false });
});

test('nobody fills a mailbox: one mail of a kind a minute for an account', async () => {
  const email = await hasAccount();
  const ofThem = eq(schema.outbox.orderId, (await userOf(email))?.id ?? '');
  const ask = async () => await new Guest(shop).account('request-password-reset', { email });
  await ask();
  await ask();
  expect(await db.$count(schema.outbox, ofThem)).toBe(1);
  await db
    .update(schema.outbox)
    .set({ createdAt: new Date(Date.now() - 61_000) })
    .where(ofThem);
  await ask();
  expect(await db.$count(schema.outbox, ofThem)).toBe(2);
});

test('signing up twice at once makes one account and one mail', async () => {
  const email = anEmail();
  const answers = await Promise.all(
    [1, 2, 3].map(() => new Guest(shop).account('sign-up/email', { email, password: PASSWORD })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const user = await userOf(email);
  const mails = await db
    .select()
    .from(schema.outbox)
    .where(eq(schema.outbox.orderId, user?.id ?? ''));
  expect(mails.map(({ kind }) => kind)).toEqual(['confirm_email']);
  expect(await db.$count(schema.authAccount, eq(schema.authAccount.userId, user?.id ?? ''))).toBe(1);
});

test('nobody learns whether an address has an account: same answer, and about the same time', async () => {
  const known = await hasAccount();
  for (const [endpoint, more] of [
    ['sign-up/email', { password: PASSWORD }],
    ['request-password-reset', {}],
  ] as const) {
    const [ofKnown, ofUnknown] = [await timed(endpoint, known, more), await timed(endpoint, anEmail(), more)];
    expect(ofKnown.answer).toEqual(ofUnknown.answer);
    expect(Math.min(ofKnown.ms, ofUnknown.ms)).toBeGreaterThanOrEqual(395);
  }
  const user = await userOf(known);
  const mails = await db
    .select()
    .from(schema.outbox)
    .where(eq(schema.outbox.orderId, user?.id ?? ''));
  expect(mails.map(({ kind }) => kind).sort(), 'its owner is told').toEqual(['has_account', 'reset_password']);
  const wrong = await new Guest(shop).account('sign-in/email', { email: known, password: 'not this one' });
  const nobody = await new Guest(shop).account('sign-in/email', { email: anEmail(), password: 'not this one' });
  expect([wrong.status, await wrong.text()]).toEqual([nobody.status, await nobody.text()]);
});

async function timed(endpoint: string, email: string, more: object) {
  const startMs = performance.now();
  const answer = await new Guest(shop).account(endpoint, { email, ...more });
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== 'date'));
  return { answer: [answer.status, await answer.text(), headers], ms: performance.now() - startMs };
}

test('a password is chosen anew by a link that works once, and every browser is signed out', async () => {
  const email = await hasAccount();
  const signedIn = await signsIn(email);
  const guest = new Guest(shop);
  await guest.account('request-password-reset', { email });
  const token = await tokenFor(email, 'reset_password');
  const stored = await db.select().from(schema.authVerification);
  expect(JSON.stringify(stored), 'whoever reads the table cannot use it').not.toContain(token);
  expect((await guest.account('reset-password', { token, newPassword: 'four other plain words' })).status).toBe(200);
  await expect(signedIn.api.account.sessions.query()).rejects.toMatchObject({ data: { errorCode: 'SIGN_IN_NEEDED' } });
  const again = await guest.account('reset-password', { token, newPassword: 'a third one, unasked' });
  expect([again.status, await again.json()]).toEqual([400, { errorCode: 'LINK_INVALID' }]);
  expect((await guest.account('sign-in/email', { email, password: PASSWORD })).status).toBe(401);
  expect((await guest.account('sign-in/email', { email, password: 'four other plain words' })).status).toBe(200);
});

test('whoever signed up with somebody else’s address has nothing once its owner chose a password', async () => {
  const email = anEmail();
  const thief = new Guest(shop);
  await thief.account('sign-up/email', { email, password: 'of the thief, ten' });
  const owner = new Guest(shop);
  await owner.account('request-password-reset', { email });
  const token = await tokenFor(email, 'reset_password');
  await owner.account('reset-password', { token, newPassword: PASSWORD });
  expect((await thief.account('sign-in/email', { email, password: 'of the thief, ten' })).status).toBe(401);
  await signsIn(email, owner);
});

test('a session that was tampered with, has expired or was ended opens nothing', async () => {
  const email = await hasAccount();
  const refused = { data: { errorCode: 'SIGN_IN_NEEDED' } };
  const tampered = await signsIn(email);
  tampered.cookie = tampered.cookie?.replace(/=(.)/, (_, first) => `=${first === 'A' ? 'B' : 'A'}`);
  await expect(tampered.api.account.sessions.query()).rejects.toMatchObject(refused);

  const expired = await signsIn(email);
  const [latest] = await expired.api.account.sessions.query();
  await db
    .update(schema.authSession)
    .set({ expiresAt: new Date(Date.now() - 1000) })
    .where(eq(schema.authSession.id, latest?.id ?? ''));
  await expect(expired.api.account.sessions.query()).rejects.toMatchObject(refused);

  const [here, elsewhere] = [await signsIn(email), await signsIn(email)];
  await here.api.account.signOutEverywhere.mutate();
  expect(here.cookie, 'the browser that asked keeps no cookie').toBeUndefined();
  await expect(elsewhere.api.account.sessions.query()).rejects.toMatchObject(refused);
});

test('one browser is signed out by another one of the same account, and by nobody else', async () => {
  const email = await hasAccount();
  const [here, elsewhere] = [await signsIn(email), await signsIn(email)];
  const stranger = await signsIn(await hasAccount());
  const seen = await here.api.account.sessions.query();
  expect(seen, 'nobody else’s').toHaveLength(2);
  const sessionId = seen.find(({ isThis }) => !isThis)?.id;
  await stranger.api.account.signOut.mutate({ sessionId });
  const sessions = await elsewhere.api.account.sessions.query();
  for (const { id, isThis } of sessions) if (!isThis) await elsewhere.api.account.signOut.mutate({ sessionId: id });
  expect(await elsewhere.api.account.sessions.query()).toMatchObject([{ isThis: true }]);
  await expect(here.api.account.sessions.query()).rejects.toMatchObject({ data: { httpStatus: 401 } });
});

test('a guest who signs in takes cart, checkout and orders along, and the guest’s cookie is gone', async () => {
  const email = await hasAccount();
  const guest = new Guest(shop);
  const checkoutId = await guest.isReadyToPay('lee-shore');
  const asGuest = guest.cookie;
  await signsIn(email, guest);
  expect(guest.cookie, 'the session opens it, and that can be ended').not.toContain('once_guest');
  expect(await guest.api.checkout.get.query({ checkoutId })).toMatchObject({ id: checkoutId, state: 'open' });
  const { token } = await guest.api.checkout.testToken.mutate({ checkoutId, card: 'pays' });
  const { refusals, totals } = await guest.api.checkout.get.query({ checkoutId });
  const paid = await guest.api.checkout.pay.mutate({
    checkoutId,
    idempotencyKey: `${checkoutId}.${refusals}`,
    confirmationToken: token,
    expectedTotalMinor: totals.totalMinor,
  });
  expect(paid).toMatchObject({ answer: 'paid' });
  const elsewhere = await signsIn(email);
  expect(await elsewhere.api.orders.list.query()).toMatchObject([{ id: checkoutId }]);
  expect(await elsewhere.api.orders.get.query({ orderId: checkoutId })).toMatchObject({ id: checkoutId });

  // Their browser, before it knew that it was signed in: an answer may get lost.
  const before = new Guest(shop);
  before.cookie = asGuest;
  expect(await before.api.checkout.status.query({ checkoutId })).toMatchObject({ answer: 'paid' });
  await guest.api.account.signOut.mutate({});
  await expect(guest.api.checkout.status.query({ checkoutId })).rejects.toMatchObject({ data: { httpStatus: 404 } });
});

test('what an account buys in one browser lies in its cart in another', async () => {
  const email = await hasAccount();
  const [here, elsewhere] = [await signsIn(email), await signsIn(email)];
  const { number } = await here.api.cart.add.mutate({ slug: 'lee-shore' });
  expect((await elsewhere.api.cart.get.query()).lines).toMatchObject([{ number }]);
  expect(here.cookie).not.toContain('once_guest');
});

test('staff are those whose confirmed address is on the list, for twelve hours', () => {
  const session = { id: '', userId: 'u', email: 'ada@example.org', emailVerified: true, signedInAt: new Date() };
  const list = ['ada@example.org'];
  expect(checkStaff(session, list)).toEqual({ kind: 'staff', staff: { userId: 'u', email: 'ada@example.org' } });
  expect(checkStaff(session, [])).toEqual({ kind: 'stranger' });
  expect(checkStaff({ ...session, emailVerified: false }, list)).toEqual({ kind: 'stranger' });
  expect(checkStaff(null, list)).toEqual({ kind: 'signed_out' });
  const longAgo = new Date(Date.now() - 12 * 3_600_000 - 1);
  expect(checkStaff({ ...session, signedInAt: longAgo }, list)).toEqual({ kind: 'signed_out' });
});

test('an account is locked for minutes after ten wrong passwords, from wherever they come', async () => {
  const email = await hasAccount();
  const wrong = () => new Guest(shop).account('sign-in/email', { email, password: 'a guess at it' });
  const answers = await Promise.all(Array.from({ length: 14 }, wrong));
  const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
  expect(statuses).toEqual([...Array(10).fill(401), ...Array(4).fill(429)]);
  const right = await new Guest(shop).account('sign-in/email', { email, password: PASSWORD });
  expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
});

test('one client that tries many accounts is held up, by a count that all processes share', async () => {
  // Whatever it says of itself: our proxy has appended whom it saw.
  const guess = (claimed: number, seen: string) => {
    const from = { 'x-forwarded-for': `198.51.100.${claimed}, ${seen}` };
    return new Guest(shop).account('confirm-email', { token: 'none of ours', password: 'a guess' }, from);
  };
  const answers = await Promise.all(Array.from({ length: 34 }, (_, n) => guess(n, '203.0.113.9')));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
  expect(await guess(1, '203.0.113.10'), 'nobody else is').toHaveProperty('status', 400);
});

test('this machine itself is not one client: who comes past no proxy is not counted', async () => {
  const guess = () =>
    new Guest(shop).account('confirm-email', { token: 'none of ours', password: 'a guess' }, { 'x-forwarded-for': '' });
  const answers = await Promise.all(Array.from({ length: 34 }, guess));
  expect(answers.filter(({ status }) => status === 429)).toEqual([]);
});

test.each([
  ['another site’s page', { origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' }, 403],
  ['something that is not JSON', { 'content-type': 'text/plain' }, 415],
])('%s cannot sign anybody in', async (_, headers, status) => {
  const email = await hasAccount();
  const guest = new Guest(shop);
  const answer = await guest.account('sign-in/email', { email, password: PASSWORD }, headers);
  expect([answer.status, guest.cookie]).toEqual([status, undefined]);
});

test.each([
  ['change-email', {}],
  ['delete-user', {}],
  ['update-user', { name: 'x' }],
  ['list-sessions', {}],
  ['sign-in/social', {}],
  ['__proto__', {}],
])('%s is nothing that can be asked for', async (endpoint, input) => {
  expect((await new Guest(shop).account(endpoint, input)).status).toBe(404);
});

test('bad input writes nothing', async () => {
  const before = await shop.rowCounts();
  const guest = new Guest(shop);
  const bad = [
    ['sign-up/email', { email: 'no address', password: PASSWORD }],
    ['sign-up/email', { email: anEmail(), password: 'short' }],
    ['sign-up/email', { email: anEmail(), password: PASSWORD, emailVerified: true }],
    ['sign-up/email', { email: anEmail(), password: 'x'.repeat(129) }],
    ['sign-in/email', { email: anEmail() }],
    ['confirm-email', { token: '', password: PASSWORD }],
    ['reset-password', { token: 'x', newPassword: 'short' }],
    ['request-password-reset', { email: `${'a'.repeat(300)}@example.org` }],
    ['request-password-reset', ['not', 'an', 'object']],
  ] as const;
  for (const [endpoint, input] of bad) {
    const answer = await guest.account(endpoint, input);
    expect([endpoint, answer.status, await answer.json()]).toEqual([endpoint, 400, { errorCode: 'INPUT_INVALID' }]);
  }
  expect(await shop.rowCounts()).toEqual(before);
});

test('each sign-in and each way out is written down', async () => {
  const email = await hasAccount();
  const guest = await signsIn(email);
  await guest.api.account.signOut.mutate({});
  await (await signsIn(email)).api.account.signOutEverywhere.mutate();
  const user = await userOf(email);
  const written = await db
    .select()
    .from(schema.audit)
    .where(eq(schema.audit.subjectId, user?.id ?? ''));
  expect(written.map(({ action }) => action).sort()).toEqual([
    'account.created',
    ...Array(2).fill('account.signed_in'),
    'account.signed_out',
    'account.signed_out_everywhere',
  ]);
});
