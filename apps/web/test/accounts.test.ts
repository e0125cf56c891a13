import { randomUUID } from 'node:crypto';
import { schema } from '@once/db';
import { and, desc, eq } from 'drizzle-orm';
import { afterAll, expect, test } from 'vitest';
import { Guest, openShop } from './open-shop.ts';

const shop = await openShop();
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

async function hasAccount(email = anEmail()): Promise<string> {
  const guest = new Guest(shop);
  expect((await guest.account('sign-up/email', { email, password: PASSWORD })).status).toBe(200);
  const confirmed = await guest.account('confirm-email', {
    token: await tokenFor(email, 'confirm_email'),
    password: PASSWORD,
  });
  expect(confirmed.status).toBe(200);
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
