// A process of its own whose worker lets records expire until it is killed: node doomed-worker.ts <url>
import postgres from 'postgres';
import { postgresJs } from '../src/adapters/postgres-js.ts';
import { createOnce } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';

const [url = ''] = process.argv.slice(2);
const once = createOnce({ database: postgresJs(postgres(url, { max: 2, onnotice: () => {} })) });
createWorker(once, []).start();
