// A process of its own among several that want the same keys: node rival.ts <url> <scope> <keys>
// Prints what it was told for each, one line per key.
import postgres from 'postgres';
import { postgresJs } from '../src/adapters/postgres-js.ts';
import { createOnce } from '../src/index.ts';

const [url = '', scope = '', keys = '0'] = process.argv.slice(2);
const sql = postgres(url, { max: 5, onnotice: () => {} });
const once = createOnce({ database: postgresJs(sql), waitMs: 30_000 });
const run = async (key: string) => {
  const answer = await once.transaction({ operation: 'race', scope, key, input: null }, async (tx) => {
    await tx`insert into written (scope, note) values (${scope}, ${key})`;
    return { key, by: process.pid };
  });
  return answer.status === 'succeeded' ? `${answer.value.key} ${answer.value.by}` : 'no';
};
const lines = await Promise.all(Array.from({ length: Number(keys) }, (_, n) => run(`k${n}`)));
process.stdout.write(lines.join('\n'));
await sql.end();
