import { DatabaseSync } from 'node:sqlite';
import type { LedgerRow, ProviderRecord, Sent } from './evidence.ts';

/** What the provider has written down: its own file, which the shop never sees. */
export function collectProvider(file: string, account: string): ProviderRecord {
  const book = new DatabaseSync(file, { readOnly: true });
  const rows = <T>(text: string, ...values: string[]) => book.prepare(text).all(...values) as unknown as T[];
  try {
    const intents = rows<ProviderRecord['intents'][number]>(
      `select id, json ->> '$.status' as status, json ->> '$.metadata.order_id' as orderId
       from object where account = ? and type = 'payment_intent'`,
      account,
    ).map((intent) => ({ ...intent }));
    const orderOf = new Map(intents.map(({ id, orderId }) => [id, orderId]));
    return {
      ledger: rows<LedgerRow>(
        'select seq, kind, charge, pi, amount, currency, order_id from ledger where account = ? order by seq',
        account,
      ).map((row) => ({ ...row })),
      intents,
      requests: rows<Omit<Sent, 'orderId'>>(
        `select r.method, r.path, r.idempotency_key as key, r.params, a.body,
           (select count(*) from fault_hit f where f.request_id = r.request_id) as faults
         from journal r left join journal a on a.request_id = r.request_id and a.event = 'answered'
         where r.account = ? and r.event = 'received' order by r.seq`,
        account,
      ).map((sent) => ({ ...sent, orderId: orderIdOf(sent, orderOf) })),
      delivered: rows<{ event: string }>(
        `select distinct event from delivery where account = ? and state = 'succeeded'`,
        account,
      ).map(({ event }) => event),
      struck: Object.fromEntries(
        rows<{ action: string; hits: number }>('select action, count(*) as hits from fault_hit group by action').map(
          ({ action, hits }) => [action, hits],
        ),
      ),
    };
  } finally {
    book.close();
  }
}

function orderIdOf({ path, params }: Pick<Sent, 'path' | 'params'>, orderOf: Map<string, string | null>) {
  const intent = /^\/v1\/payment_intents\/(\w+)/.exec(path)?.[1];
  if (intent) return orderOf.get(intent) ?? null;
  const { metadata } = JSON.parse(params) as { metadata?: { order_id?: string } };
  return metadata?.order_id ?? null;
}
