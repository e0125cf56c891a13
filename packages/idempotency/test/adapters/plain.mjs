// The contract without a test runner and without type stripping: node plain.mjs <folder of the built package> <url>
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import postgres from 'postgres';

const [built = '', url = ''] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${built}/${name}.js`).href);
const { contract } = await load('testing');
const { postgresJs, guarded: guardedClient } = await load('adapters/postgres-js');
const { nodePostgres, guarded: guardedPool } = await load('adapters/pg');

const overPostgresJs = {
  open: (at, options) => {
    const sql = guardedClient(postgres(at, { onnotice: () => {}, backoff: () => 0, ...options }));
    return {
      database: postgresJs(sql),
      execute: (tx, text, parameters) => tx.unsafe(text, parameters),
      transaction: (body) => sql.begin(body),
      close: () => sql.end({ timeout: 0 }),
    };
  },
};
const overPg = {
  open: (at, options) => {
    const pool = guardedPool(new pg.Pool({ connectionString: at, ...options }));
    const database = nodePostgres(pool);
    return {
      database,
      execute: (tx, text, parameters) => tx.query(text, parameters),
      transaction: (body) => database.transaction((tx) => body(tx)),
      close: () => pool.end(),
    };
  },
};

const cases = [overPostgresJs, overPg].flatMap((subject) => contract(subject, { url }));
for (const { name, run } of cases) {
  try {
    await run();
  } catch (error) {
    process.exitCode = 1;
    console.error(name, error);
  }
}
console.log(`${process.version}: ${cases.length} cases`);
