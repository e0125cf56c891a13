import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';
import { Api } from '../fixtures/api.ts';
import { turnReadOnly } from '../fixtures/connections.ts';
import { answerOf, expectSoldOnce } from '../fixtures/payer.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/small-machine.ts';

// The machines around the shop: a disk is full, a folder cannot be written, the server has no connection to give. What the
// shopper sees, and what recovers it, is in docs/trouble.md.

test.describe.configure({ mode: 'default' });

const NO_SPACE = /No space left on device/;

test('the database’s disk is full while many pay: nobody hears a no, and all have paid once there is room', async ({
  disks,
  server,
  payThrough,
}) => {
  test.skip(!disks, 'no disk can be mounted');
  const trouble = {
    begins: async () => {
      server.said();
      disks?.database.fill();
      await useUpPages(server.url);
    },
    ends: async () => disks?.database.free(),
  };
  await payThrough(trouble);
  expect(server.said(), 'it was full').toMatch(NO_SPACE);
});

test('no room for the database’s log, so that its server stops: all have paid once it is back', async ({
  disks,
  server,
  payThrough,
}) => {
  test.skip(!disks, 'no disk can be mounted');
  test.slow(); // a pool that lost its server may wait for a while before it looks for it again
  const trouble = {
    begins: async () => {
      server.said();
      disks?.database.fill();
      await useUpLog(server.url);
    },
    ends: async () => {
      disks?.database.free();
      await server.returns();
    },
  };
  await payThrough(trouble);
  expect(server.said(), 'it was full').toMatch(/(PANIC|FATAL):.*No space left on device/);
});

test('the shop’s own disk is full, under logs, mails and the provider’s book: nothing stops, nothing is lost', async ({
  disks,
  stack,
  payThrough,
  mail,
  mailsAreDue,
}) => {
  test.skip(!disks, 'no disk can be mounted');
  const trouble = {
    mayRefuse: true,
    begins: async () => {
      shrinkBook(stack.dataDir);
      disks?.shop.fill();
    },
    ends: async () => {
      for (const [app, process] of stack.processes) expect(process.exit(), `${app} has ended`).toBeUndefined();
      disks?.shop.free();
    },
  };
  const everybody = await payThrough(trouble);
  await mailsAreDue();
  for (const { checkoutId } of everybody) await expect.poll(() => mail.of(checkoutId)).toHaveLength(1);
  const left = readdirSync(join(stack.dataDir, 'mail')).filter((name) => name.endsWith('.partial'));
  expect(left, 'half a mail').toEqual([]);
});

test('the shop’s folder turns read-only: who pays has paid, and the mails go out once it can be written again', async ({
  disks,
  stack,
  payers,
  mail,
  mailsAreDue,
  ledger,
  db,
}) => {
  test.skip(!disks, 'no disk can be mounted');
  const everybody = await payers(3);
  disks?.shop.seal();
  try {
    for (const payer of everybody) expect(answerOf(await payer.pressesPay())).toBe('paid');
    const said = () => readFileSync(join(stack.dataDir, 'logs/worker.log'), 'utf8');
    const tried = new RegExp(`${everybody[0]?.checkoutId}.*mail not sent`);
    await expect.poll(said, { message: 'the worker has tried' }).toMatch(tried);
    await stack.kill('provider');
    await expect(stack.restart('provider')).rejects.toMatchObject({ code: 'SETTING_INVALID' });
    for (const { checkoutId } of everybody) expect(await mail.of(checkoutId)).toEqual([]);
  } finally {
    disks?.shop.unseal();
  }
  await stack.restart('provider');
  await mailsAreDue();
  for (const payer of everybody) {
    await payer.isToldInTheEnd('paid');
    await expect.poll(() => mail.of(payer.checkoutId)).toHaveLength(1);
  }
  await expectSoldOnce(everybody, { db, ledger });
});

test('others have all connections of the database while many pay: the shop says when it cannot, and then goes on', async ({
  crowd,
  shop,
  payThrough,
}) => {
  const trouble = {
    begins: async () => {
      await crowd.takesAll();
      const { status } = await fetch(`${shop.webUrl}/readyz`);
      expect(status, 'no more shoppers are sent here').toBe(503);
    },
    ends: () => crowd.leaves(),
  };
  await payThrough(trouble);
});

test('the database takes no writes while many pay: the catalogue is shown, and then all have paid', async ({
  server,
  shop,
  request,
  payThrough,
}) => {
  const trouble = {
    begins: async () => {
      await turnReadOnly(server.url, true);
      expect((await request.get(shop.webUrl)).status(), 'the catalogue').toBe(200);
      const added = await new Api(request, shop.webUrl).mutate('cart.add', { slug: 'lee-shore', number: 20 });
      expect(added).toMatchObject({ status: 503, errorCode: 'UNAVAILABLE' });
    },
    ends: () => turnReadOnly(server.url, false),
  };
  await payThrough(trouble);
});

test('what somebody sees who presses Pay without a database: nothing was sent; and after it was sent: the receipt', async ({
  crowd,
  shopper,
  visitor,
  print,
  faults,
  ledger,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 1);
  const visitorsId = await visitor.isReadyToPay(print, 2);
  const slow = await faults.arm({ orderId: checkoutId, name: 'confirm' }, { name: 'slow_after', ms: 3_000 });
  await shopper.sendsPayment();
  await faults.hasStruck(slow);
  await crowd.takesAll();
  await visitor.pressesPay();
  await visitor.sees('We could not reach the shop. Nothing was sent.');
  // Never a no. The last two where it was paid before the last connection was taken.
  await shopper.sees(
    /The connection dropped after you pressed Pay|Waiting for your bank|This page failed to load|Paid once/,
  );
  await crowd.leaves();

  await shopper.seesReceiptForGood(1, totalOf(print)); // nothing pressed, nothing loaded
  await visitor.pressesPay();
  await visitor.seesReceiptForGood(2, totalOf(print));
  for (const [index, orderId] of [checkoutId, visitorsId].entries()) {
    expect(await ledger.chargesOf(orderId), `charges for No. ${index + 1}`).toMatchObject([{ amount: totalOf(print) }]);
  }
});

/** Uses up what is left in the pages that a table has, so that the next payment asks for another one. Undone as a whole. */
async function useUpPages(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  // A series in FROM would first be kept in a file as a whole, and that would be what finds no room.
  const ballast = sql`
    insert into audit (subject_id, id, actor, action)
    select gen_random_uuid(), gen_random_uuid(), 'web', 'ballast' from (select generate_series(1, 1000000)) as row`;
  await expect(ballast).rejects.toMatchObject({ code: '53100', message: expect.stringMatching(/could not extend/) });
  await sql.end({ timeout: 0 });
}

/** Switches to the next file of the log until there is no room for one. */
async function useUpLog(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const switched = async () =>
    await sql`select pg_logical_emit_message(false, 'once-e2e', 'ballast'), pg_switch_wal()`.then(
      () => 'there was room',
      () => 'stopped',
    );
  await expect.poll(switched, { intervals: [1] }).toBe('stopped');
  await sql.end({ timeout: 0 });
}

/** Gives the room in it that it would use before it asks for more. */
function shrinkBook(dataDir: string): void {
  const book = new DatabaseSync(join(dataDir, 'provider.sqlite'));
  book.exec('pragma wal_checkpoint(truncate)');
  book.close();
}
