import { createOnce } from '@once/idempotency';
import { openTelemetry } from '@once/idempotency/otel';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import postgres from 'postgres';

export const sql = guarded(postgres(process.env['DATABASE_URL'] ?? ''));
const secret = (name: string) => Buffer.from(process.env[name] ?? '', 'base64'); // openssl rand -base64 32

export const once = createOnce({
  database: postgresJs(sql),
  retentionMs: 30 * 86_400_000, // as long as clients may retry
  encryption: {
    current: '2026-11',
    keys: { '2026-11': secret('ONCE_KEY_2026_11'), '2026-05': secret('ONCE_KEY_2026_05') },
  },
  redact: (value, { field }) => (field === 'input' ? '(hidden)' : value),
  ...openTelemetry(),
});

export const worker = createWorker(once, [], {
  onEvent: ({ name, operation }) => {
    if (name === 'parked') console.error(`a record of ${operation} waits for a person`);
  },
});
export const stop = () => worker.stop().then(() => sql.end()); // at SIGTERM: what is in hand comes to its end
