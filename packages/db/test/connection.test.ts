// A server that is being killed breaks connections at any moment, also right after it has let them in.
import { once } from 'node:events';
import { type AddressInfo, connect as dial, createServer } from 'node:net';
import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';
import { afterEach, expect, it } from 'vitest';
import { connect, isOutage } from '../src/index.ts';

const unhandled: unknown[] = [];
const listen = (reason: unknown) => void unhandled.push(reason);
afterEach(() => void process.off('unhandledRejection', listen));

it('a connection that breaks at its first statement is an outage, and leaves no rejection that ends the process', async () => {
  const { url } = await testDatabase('shop');
  const target = new URL(url);
  const server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    upstream.pipe(client);
    client.on('data', (data) => (/select|begin/.test(data.toString('latin1')) ? client.resetAndDestroy() : upstream.write(data)));
    client.on('close', () => upstream.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.port = String((server.address() as AddressInfo).port);
  process.on('unhandledRejection', listen);
  const connection = connect(target.href, { max: 1 });
  const failed = await connection.db.transaction(async (tx) => await tx.execute(sql`select 1`)).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  expect({ isOutage: isOutage(failed), unhandled }).toEqual({ isOutage: true, unhandled: [] });
  await connection.close();
  server.close();
});
