import { schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { updateCheckout } from '../src/index.ts';
import { describeError, withoutPeople } from '../src/log.ts';
import { ADA, atCheckout, shopOfFile } from './shop.ts';

const { test } = await shopOfFile();
const { shop, db, slug } = test;

const said = (error: unknown) => JSON.stringify(describeError(error));
const thrown = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  );

describe('what a log says of an error', () => {
  it('that the database refused a form does not say what was in it', async () => {
    const at = await atCheckout(shop, slug);
    await db.execute(sql`alter table checkout add constraint no_berlin check (city <> 'Hamburg')`);
    const contact = { ...ADA, email: 'ada.moved@example.org', line1: 'Elbchaussee 7', city: 'Hamburg' };
    const error = await thrown(updateCheckout(db, { ...at, contact, shippingMethod: 'tracked' }));
    // Drizzle's own message has all of it: without that, this test shows nothing.
    expect(String(error)).toContain('Elbchaussee 7');
    for (const personal of [contact.email, contact.line1, contact.name, 'Hamburg']) {
      expect(said(error)).not.toContain(personal);
    }
    expect(describeError(error)).toMatchObject({
      message: expect.stringContaining('Failed query: update "checkout"'),
      cause: { code: '23514', constraint_name: 'no_berlin', table_name: 'checkout' },
    });
  });

  it('that a row is there twice does not quote the row', async () => {
    const row = { code: `ada@example.org ${uuidv7()}`, percentOff: 10, usesLeft: 1 };
    await db.insert(schema.promotion).values(row);
    const error = await thrown(db.insert(schema.promotion).values(row).execute());
    expect((error as { cause?: { detail?: string } }).cause?.detail).toContain(row.code);
    expect(said(error)).not.toContain(row.code);
    await db.delete(schema.promotion).where(eq(schema.promotion.code, row.code));
  });

  it('keeps where it was thrown, and says nothing of what is no error', () => {
    expect(describeError(new RangeError('too far'))).toMatchObject({
      type: 'RangeError',
      message: 'too far',
      stack: expect.stringContaining('log.test.ts'),
    });
    expect(describeError('ada@example.org')).toEqual({ type: 'string' });
  });

  it.each([
    ['an address', 'no mailbox <ada.l+shop@example.co.uk>', 'ada.l'],
    ['a secret key', 'Invalid API Key provided: sk_live_51Hx0', '51Hx0'],
    ['a token of a card', 'No such token: ctoken_1PqUkLm', '1PqUkLm'],
    ['a header', 'sent Authorization: Bearer eyJhbGciOi', 'eyJhbGciOi'],
    ['a link', 'GET /sign-in/confirm?token=9f8e7d&x=1', '9f8e7d'],
    ['a link to a receipt', 'GET /receipts/0190a000-0000-7000-8000-000000000001.0.wFEUHGQ4n5rt failed', 'wFEUHGQ4n5rt'],
    ['a database’s password', 'cannot reach postgres://once_web:hunter2@db/once', 'hunter2'],
    ['the number of a card', 'card 4242 4242 4242 4242 refused', '4242'],
  ])('%s does not stay in a message', (_, message, secret) => {
    expect(withoutPeople(message)).not.toContain(secret);
    expect(withoutPeople(message)).toContain('[redacted]');
  });

  it('ids, which the one on call looks for, do', () => {
    const message = `order ${uuidv7()} has pi_3PqUkLm and ch_1`;
    expect(withoutPeople(message)).toBe(message);
  });
});
