import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { createOnce } from '@once/idempotency';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import postgres from 'postgres';

const TOO_LONG_MS = 120_000;

const manager = parentPort;
if (!manager) throw new Error('bench/library/expiring-worker.ts starts this file as a thread.');

const sql = guarded(postgres(workerData as string, { max: 1, onnotice: () => {} }));
const once = createOnce({ database: postgresJs(sql) });

const asked = on(manager, 'message');
await sql`select 1`;
manager.postMessage('connected');
for await (const _ of asked) {
  // One that has found nothing more to do looks again only after a while, so each time a new one.
  await createWorker(once, []).runOnce({ budgetMs: TOO_LONG_MS });
  manager.postMessage('expired');
}
