import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectSoldOnce } from '../fixtures/payer.ts';

// A process that is asked to end, as each deployment does, while people pay.

test.describe.configure({ mode: 'default' });

const PAYERS = 4;
const BANK_MS = 1_500;
const GRACE_MS = 20_000;

test('web that is asked to end answers all who are paying, says that it is not ready, and lets nobody else in', async ({
  stack,
  shop,
  kill,
  payers,
  faults,
  ledger,
  db,
}) => {
  const paying = await payers(PAYERS);
  const slow = await Promise.all(
    paying.map(({ checkoutId }) =>
      faults.arm({ orderId: checkoutId, name: 'confirm' }, { name: 'slow_after', ms: BANK_MS }),
    ),
  );
  const asking = await beginsToAsk(shop.webUrl, '/readyz');
  const answers = Promise.all(paying.map((payer) => payer.pressesPay()));
  await Promise.all(slow.map((armed) => faults.hasStruck(armed)));

  const exited = stack.processes.get('web')?.stop(GRACE_MS);
  await expect.poll(() => isLetIn(shop.webUrl), { message: 'whether anybody is let in', intervals: [20] }).toBe(false);
  asking.write('\r\n');
  expect(await text(asking)).toMatch(/^HTTP\/1\.1 503 .*"why":"it is ending"/s);

  expect((await answers).map(answerOf)).toEqual(paying.map(() => 'paid'));
  expect(await exited, 'it ended by itself').toMatchObject({ signal: null });
  await kill.allComeBack();
  await expectSoldOnce(paying, { db, ledger });
});

/** A request whose last line is still to come: the server waits for it. */
async function beginsToAsk(webUrl: string, path: string): Promise<Socket> {
  const socket = await letIn(webUrl);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(webUrl).host}\r\nConnection: close\r\n`);
  return socket;
}

async function isLetIn(webUrl: string): Promise<boolean> {
  return await letIn(webUrl).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

async function letIn(webUrl: string): Promise<Socket> {
  const socket = connect(Number(new URL(webUrl).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
