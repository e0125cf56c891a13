import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countAttention, orderNumber, receiptLinks } from '@once/checkout';
import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterEach, expect, it } from 'vitest';
import { type DeliveryFailure, deliver } from '../src/deliver.ts';
import { openMailer } from '../src/mailer.ts';
import { startMailServer } from './mail-server.ts';
import { openShop } from './shop.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const sender = {
  publicUrl: 'https://once.example',
  receiptLinks: receiptLinks('a secret of the test, long enough'),
};

async function open(onMessage?: Parameters<typeof startMailServer>[0]) {
  const shop = await openShop();
  const server = await startMailServer(onMessage);
  cleanUps.push(
    () => shop.close(),
    () => server.close(),
  );
  const worker = () => {
    const mailer = openMailer({ smtpUrl: server.url, folder: '/nowhere' });
    cleanUps.push(() => mailer.close());
    const failures: DeliveryFailure[] = [];
    const options = { db: shop.db, mailer, ...sender, onFailure: (failure: DeliveryFailure) => failures.push(failure) };
    return { failures, turn: (limit = 20) => deliver(options, limit) };
  };
  return { shop, server, worker };
}

it('sends a receipt that says what was bought, for how much, to where, and where the order is', async () => {
  const { shop, server, worker } = await open();
  const [orderId] = await shop.owe(1);
  const [bought] = await shop.db.execute<Record<string, string>>(sql`
    select o.name, o.email, o.city, to_char(o.total_minor / 100.0, 'FM999990.00') as total, l.title, l.number, l.edition_copies
    from orders o join order_line l on l.order_id = o.id where o.id = ${orderId}`);
  expect(await worker().turn()).toBe(1);
  const [message] = server.received;
  const readable = decodeQuotedPrintable(message ?? '');
  expect(readable).toContain(`Message-ID: <${orderId}.receipt@once.example>`);
  expect(readable).toContain(`${bought?.['title']}, No. ${bought?.['number']} of ${bought?.['edition_copies']}`);
  expect(readable).toContain(`€${bought?.['total']} was charged once, to the card ending`);
  expect(readable).toContain(bought?.['city']);
  const [, link = ''] = /https:\/\/once\.example\/receipts\/(\S+)/.exec(readable) ?? [];
  expect(sender.receiptLinks.read(link), 'the receipt opens where there is no cookie').toEqual({
    orderId,
    linksEnded: 0,
  });
  expect(readable).toContain(orderNumber(orderId ?? ''));
  expect(message).toMatch(new RegExp(`^To: .*<${bought?.['email']}>`, 'm'));
  expect(await shop.outbox(orderId ?? '')).toMatchObject({ delivered: true, tries: 1, last_error: null });
  expect(await worker().turn()).toBe(0);
});

it('tells nobody who was forgotten since, and does not try again', async () => {
  const { shop, server, worker } = await open();
  const [orderId] = await shop.owe(1);
  await shop.db.execute(sql`update orders set email = 'erased@once.invalid' where id = ${orderId}`);
  expect(await worker().turn()).toBe(1);
  expect(server.received).toEqual([]);
  expect(await shop.outbox(orderId ?? '')).toMatchObject({ delivered: true });
});

it('sends each mail once when four workers deliver at the same time', async () => {
  const { shop, server, worker } = await open();
  const owed = await shop.owe(40);
  const workers = [worker(), worker(), worker(), worker()];
  for (let sent = 0; sent < owed.length; ) {
    const taken = await Promise.all(workers.map(({ turn }) => turn()));
    sent += taken.reduce((sum, n) => sum + n, 0);
  }
  expect(server.ids().sort()).toEqual(owed.map((id) => `<${id}.receipt@once.example>`).sort());
});

it.each([
  ['confirm_email', 'confirm-email', 'Confirm your address at Once'],
  ['reset_password', 'reset-password', 'A new password for Once'],
  ['has_account', 'has-account', 'You have an account at Once'],
])('sends the mail %s of an account, and takes its link away', async (kind, name, subject) => {
  const { shop, server, worker } = await open();
  const [userId, mailId] = [uuidv7(), uuidv7()];
  const link = 'https://once.example/sign-in/confirm?token=abc&x=1';
  await shop.db.execute(sql`insert into auth_user (id, email, name) values (${userId}, 'mira@example.org', '')`);
  await shop.db.execute(
    sql`insert into outbox (order_id, kind, subject_id, link) values (${userId}, ${kind}, ${mailId}, ${link})`,
  );
  expect(await worker().turn()).toBe(1);
  const readable = decodeQuotedPrintable(server.received[0] ?? '');
  expect(server.ids()).toEqual([`<${mailId}.${name}@once.example>`]);
  expect(readable).toContain(`Subject: ${subject}`);
  expect(readable).toMatch(/^To: mira@example.org/m);
  expect(readable).toContain(link);
  const [row] = await shop.db.execute(sql`select link, delivered_at from outbox where subject_id = ${mailId}`);
  expect(row).toMatchObject({ link: null, delivered_at: expect.anything() });
  expect(await worker().turn()).toBe(0);
});

it('keeps a mail that the server refuses, tries it later, and says why', async () => {
  let refuse = true;
  const { shop, server, worker } = await open(() => {
    if (refuse) throw new TypeError('mailbox on fire');
  });
  const [orderId = ''] = await shop.owe(1);
  const { turn, failures } = worker();
  expect(await turn()).toBe(1);
  expect(await shop.outbox(orderId)).toMatchObject({
    delivered: false,
    tries: 1,
    last_error: expect.stringContaining('on fire'),
  });
  expect(failures).toMatchObject([{ orderId, tries: 1, alert: false }]);
  refuse = false;
  await shop.age();
  expect(await turn()).toBe(1);
  expect(server.ids()).toEqual([`<${orderId}.receipt@once.example>`]);
  expect(await shop.outbox(orderId)).toMatchObject({ delivered: true, tries: 2, last_error: null });
});

it('asks for a person when a mail has failed eight times, and goes on trying', async () => {
  const { shop, worker } = await open(() => {
    throw new TypeError('no');
  });
  await shop.owe(1);
  const { turn, failures } = worker();
  for (let tries = 1; tries <= 9; tries++) {
    await shop.age();
    await turn();
  }
  expect(failures.map(({ alert }) => alert)).toEqual([...Array<boolean>(7).fill(false), true, true]);
});

it('keeps a mail that has failed thirty times as a dead letter, and tries it no more', async () => {
  const { shop, server, worker } = await open(() => {
    throw new TypeError('no');
  });
  const [orderId = ''] = await shop.owe(1);
  await shop.db.execute(sql`update outbox set tries = 28 where order_id = ${orderId}`);
  const { turn, failures } = worker();
  for (let turns = 0; turns < 4; turns++) {
    await shop.age();
    await turn();
  }
  expect(failures.map(({ tries, dead }) => [tries, dead])).toEqual([
    [29, false],
    [30, true],
  ]);
  expect(await shop.outbox(orderId)).toMatchObject({ delivered: false, tries: 30, last_error: expect.any(String) });
  expect(await countAttention(shop.db)).toMatchObject({ letters: 1 });
  expect(server.received).toEqual([]);
});

it('tells of each refund once, with what is void, and by an id that tells it from the receipt', async () => {
  const { shop, server, worker } = await open();
  const [refunded] = await shop.db.execute<{ order_id: string; id: string; number: number }>(sql`
    select r.order_id, r.id, l.number from refund r join orders o on o.id = r.order_id and o.state = 'refunded'
    join order_line l on l.order_id = r.order_id order by r.id limit 1`);
  const { order_id: orderId = '', id: refundId = '', number } = refunded ?? {};
  await shop.db.execute(
    sql`insert into outbox (order_id, kind, subject_id) values (${orderId}, 'refund_notice', ${refundId})`,
  );
  await Promise.all([worker().turn(), worker().turn()]);

  expect(server.ids()).toEqual([`<${refundId}.refund@once.example>`]);
  const readable = decodeQuotedPrintable(server.received[0] ?? '');
  expect(readable).toContain('Refunded');
  expect(readable).toMatch(/It goes back to the card ending \d{4}/);
  expect(readable).toContain(`No. ${number} of`);
});

it('leaves alone a mail that another worker is sending, until that one’s lease has run out', async () => {
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  let first = true;
  const { shop, server, worker } = await open(async () => {
    if (!first) return;
    first = false;
    arrived.resolve();
    await held.promise;
    throw new TypeError('too late');
  });
  const [orderId = ''] = await shop.owe(1);
  const stale = worker();
  const sending = stale.turn();
  await arrived.promise;
  expect(await worker().turn()).toBe(0);
  await shop.age(); // the lease ends while the first is still sending
  expect(await worker().turn()).toBe(1);
  held.resolve();
  await sending;
  expect(await shop.outbox(orderId)).toMatchObject({ delivered: true, tries: 2, last_error: null });
  expect(server.ids()).toHaveLength(1);
});

it('does not let a stale sender move the time of the one who sends now', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const arrivals = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let messages = 0;
  const { shop, worker } = await open(async () => {
    const turn = messages++;
    arrivals[turn]?.resolve();
    await gates[turn]?.promise;
    throw new TypeError('refused');
  });
  const [orderId = ''] = await shop.owe(1);
  const first = worker().turn();
  await arrivals[0]?.promise;
  await shop.age();
  const second = worker().turn();
  await arrivals[1]?.promise;
  gates[0]?.resolve(); // fails now, while the second holds the lease
  await first;
  expect(await shop.outbox(orderId)).toMatchObject({ tries: 2, due: false, last_error: null });
  gates[1]?.resolve();
  await second;
  expect(await shop.outbox(orderId)).toMatchObject({ tries: 2, last_error: expect.stringContaining('refused') });
});

it('writes a mail that a person can read into a file where there is no mail server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'once-mail-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const { shop } = await open();
  const [orderId] = await shop.owe(1);
  const mailer = openMailer({ smtpUrl: undefined, folder: join(folder, 'mail') });
  expect(await deliver({ db: shop.db, mailer, ...sender }, 20)).toBe(1);
  expect(await readdir(join(folder, 'mail'))).toEqual([`${orderId}.receipt.eml`, `${orderId}.receipt.html`]);
  const mail = await readFile(join(folder, 'mail', `${orderId}.receipt.eml`), 'utf8');
  expect(mail).toContain(`Message-ID: <${orderId}.receipt@once.example>`);
  expect(mail).toMatch(/€\d+\.\d\d was charged once/);
});

/** UTF-8 in quoted-printable, as mail servers carry it. */
function decodeQuotedPrintable(message: string): string {
  const bytes = message
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
