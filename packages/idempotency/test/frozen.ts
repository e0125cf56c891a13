// A process of its own that pays and is frozen at a point by SIGSTOP: node frozen.ts <url> <scope> <point>
// Woken up, it goes on, and prints what has become of its payment.
import postgres from 'postgres';
import { postgresJs } from '../src/adapters/postgres-js.ts';
import { createOnce, isIdempotencyError } from '../src/index.ts';
import { durablePayment } from './durable-payment.ts';

const [url = '', scope = '', point = ''] = process.argv.slice(2);
const sql = postgres(url, { max: 2, onnotice: () => {} });
const provider = postgres(url, { max: 1, onnotice: () => {} });
let frozen = false;
const once = createOnce({
  database: postgresJs(sql),
  services: { provider },
  at: (here) => {
    if (here !== point || frozen) return;
    frozen = true;
    process.kill(process.pid, 'SIGSTOP');
  },
});
const answer = await once
  .run(durablePayment, { scope, key: 'k', input: { scope } })
  .catch((error: unknown) => ({ status: isIdempotencyError(error) ? error.code : String(error) }));
process.stdout.write(JSON.stringify(answer));
await Promise.all([sql.end(), provider.end()]);
