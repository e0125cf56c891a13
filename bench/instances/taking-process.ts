// A worker process of the library's: takes records that are due until there are none, and tells whoever forked it how many.
import { connect } from '@once/db';
import { takeWhile } from '../library/takeover.ts';

const connection = connect(process.env['DATABASE_URL'] ?? '', { max: 2 });
const sql = connection.db.$client;

const isAnyDue = async () => {
  const [row] = await sql`
    select exists (select from idempotency.record where state = 0 and due_at <= statement_timestamp()) as due`;
  return row?.['due'] === true;
};
process.on('message', () => {
  void takeWhile(sql, 1, isAnyDue).then((taken) => process.send?.(taken));
});
process.once('disconnect', () => void connection.close().then(() => process.exit()));
await sql`select 1`;
process.send?.('connected');
