// A webhook inbox, with Express and postgres.js. A provider delivers an event again until it hears 2xx; it counts once.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createOnce, isIdempotencyError } from '@once/idempotency';
import { migrate } from '@once/idempotency/migrate';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import express from 'express';
import postgres from 'postgres';

const secret = process.env['WEBHOOK_SECRET'] ?? '';
if (secret === '') throw new RangeError('WEBHOOK_SECRET is not set');
const sql = guarded(postgres(process.env['DATABASE_URL'] ?? '', { onnotice: () => {} }));
const database = postgresJs(sql);
const once = createOnce({ database });

await migrate(database);
await sql`create table if not exists balance (account text primary key, cents integer not null)`;

const app = express();

// Raw: the signature covers the bytes that came.
app.post('/webhooks', express.raw({ type: 'application/json', limit: '256kb' }), async (req, res) => {
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  if (!isSigned(body, req.get('signature') ?? '')) return res.sendStatus(400);
  const event = JSON.parse(body.toString('utf8')) as { id: string; account: string; cents: number };
  // The event's id is the key: the provider keeps it over all deliveries, and signs each anew.
  const request = { operation: 'payment.received', scope: 'provider', key: event.id, input: event };
  try {
    const { replayed } = await once.transaction(request, async (tx) => {
      await tx`insert into balance values (${event.account}, ${event.cents})
        on conflict (account) do update set cents = balance.cents + excluded.cents`;
      return null;
    });
    return res.set('idempotent-replayed', String(replayed)).sendStatus(204); // after the commit, not before
  } catch (error) {
    // Still in flight, or no database: say so, and the provider comes back.
    if (isIdempotencyError(error) && error.facts.retryAfterMs !== undefined) return res.sendStatus(503);
    throw error;
  }
});

function isSigned(body: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
