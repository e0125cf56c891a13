import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { connect } from '../src/index.ts';

/** Leads to the server, and keeps all that was sent there. */
async function overheard(url: string) {
  const target = new URL(url);
  const port = Number(target.port);
  let sent = '';
  const server = createServer((client) => {
    const upstream = dial(port, target.hostname);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('data', (data) => {
      sent += data.toString('latin1');
    });
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.port = String((server.address() as AddressInfo).port);
  return { url: target.href, sent: () => sent, close: () => server.close() };
}

// What the driver asks by itself, it asks without a handler: where the connection breaks meanwhile (seen in a failover, when
// a router led a pool to a server that was being killed), the rejection that nobody handles ends the process.
it('a new connection sends what it is asked to send, and no statement of the driver’s own', async () => {
  const way = await overheard((await testDatabase('shop')).url);
  const connection = connect(way.url, { max: 1 });
  await connection.db.transaction(async (tx) => await tx.execute(sql`select 'ours'`));
  await connection.close();
  way.close();
  expect(way.sent()).toContain(`select 'ours'`);
  expect(way.sent()).not.toContain('pg_catalog.pg_type');
});
