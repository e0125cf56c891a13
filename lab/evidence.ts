import { z } from 'zod';
import type { Delivery, JournalRow, LedgerRow, ProviderAccount } from './provider.ts';
import type { Sandbox } from './sandbox.ts';

// What the parts of a sandbox have written down by themselves, each in its own place. The diagram is drawn from nothing
// else, and from what the browser says that it saw.

/** A line of the log of web or worker: one transition of an operation. */
const Transition = z.object({
  name: z.string(),
  time: z.number(),
  operation: z.string(),
  fence: z.number().optional(),
  phase: z.string().optional(),
  record_id: z.string().optional(),
  code: z.string().optional(),
});
export type Transition = z.infer<typeof Transition> & { readonly by: 'shop' | 'worker'; readonly line: number };

export interface AuditRow {
  readonly id: string;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
}

export interface InboxRow {
  readonly id: string;
  readonly kind: string;
  readonly receivedMs: number;
  readonly appliedMs: number | null;
}

export interface ShopRows {
  readonly audit: readonly AuditRow[];
  readonly inbox: readonly InboxRow[];
  readonly open: number;
  readonly ordersPaid: number;
  readonly copiesSold: number;
  /** Keys of records, by the records' ids. */
  readonly keys: ReadonlyMap<string, string>;
}

export interface NaiveRow {
  readonly id: number;
  readonly atMs: number;
  readonly what: string;
}

export interface AccountEvidence {
  readonly journal: readonly JournalRow[];
  readonly ledger: readonly LedgerRow[];
  readonly deliveries: readonly Delivery[];
}

export const readAccount = async (account: ProviderAccount): Promise<AccountEvidence> => {
  const [journal, ledger, deliveries] = await Promise.all([account.journal(), account.ledger(), account.deliveries()]);
  return { journal, ledger, deliveries };
};

/** @throws when the database is away, which in one scenario it is */
export async function readRows({ sql }: Sandbox): Promise<ShopRows> {
  const [audit, inbox, keys, [counted]] = await Promise.all([
    sql<AuditRow[]>`
      select id, extract(epoch from at)::float8 * 1000 as "atMs", actor, action from audit order by id`,
    sql<InboxRow[]>`
      select id, kind, extract(epoch from received_at)::float8 * 1000 as "receivedMs",
        extract(epoch from applied_at)::float8 * 1000 as "appliedMs"
      from provider_event order by received_at, id`,
    sql<{ id: string; key: string }[]>`select id, key from idempotency.record where operation = 'checkout.pay'`,
    sql<Pick<ShopRows, 'open' | 'ordersPaid' | 'copiesSold'>[]>`
      select
        (select count(*)::int from idempotency.record where state in (0, 1)) as open,
        (select count(*)::int from orders where state = 'paid') as "ordersPaid",
        (select count(*)::int from copy where state = 'sold') as "copiesSold"`,
  ]);
  const { open = 0, ordersPaid = 0, copiesSold = 0 } = counted ?? {};
  const keyOf = new Map(keys.map(({ id, key }) => [id, key]));
  return { audit: [...audit], inbox: [...inbox], keys: keyOf, open, ordersPaid, copiesSold };
}

export const readNaive = async ({ sql }: Sandbox): Promise<NaiveRow[]> => [
  ...(await sql<NaiveRow[]>`
    select id::int, extract(epoch from at)::float8 * 1000 as "atMs", what from naive.history order by id`),
];

/** Sales of the naive shop: a print that was shipped twice was sold twice. */
export async function countNaive({ sql }: Sandbox): Promise<{ ordersPaid: number; copiesSold: number }> {
  const [row] = await sql<{ ordersPaid: number; copiesSold: number }[]>`
    select (select count(*)::int from naive.orders where status = 'paid') as "ordersPaid",
           (select count(*)::int from naive.shipments) as "copiesSold"`;
  return row ?? { ordersPaid: 0, copiesSold: 0 };
}

export function readTransitions(sandbox: Sandbox): Transition[] {
  return (['shop', 'worker'] as const).flatMap((by) =>
    sandbox
      .logOf(by)
      .split('\n')
      .flatMap((text, line) => {
        const transition = asTransition(text);
        return transition ? [{ ...transition, by, line }] : [];
      }),
  );
}

/** Undefined: a line about something else, or one that is only half written. */
function asTransition(line: string): z.infer<typeof Transition> | undefined {
  try {
    const { msg, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const parsed = Transition.safeParse({ ...fields, name: msg, time: new Date(time as string | number).getTime() });
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
