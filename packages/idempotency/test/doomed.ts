// A process of its own that runs one payment and dies at a point by SIGKILL: node doomed.ts <url> <scope> <point>

import postgres from 'postgres';
import { postgresJs } from '../src/adapters/postgres-js.ts';
import { createOnce } from '../src/index.ts';
import { durablePayment } from './durable-payment.ts';

const [url = '', scope = '', point = ''] = process.argv.slice(2);
const sql = postgres(url, { max: 2, onnotice: () => {} });
const once = createOnce({
  database: postgresJs(sql),
  services: { provider: postgres(url, { max: 1, onnotice: () => {} }) },
  at: (here) => {
    if (here === point) process.kill(process.pid, 'SIGKILL');
  },
});
await once.run(durablePayment, { scope, key: 'k', input: { scope } });
