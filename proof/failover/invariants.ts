// What must be true after a failover, from three records that do not read each other: the database that is left, what the
// provider has charged, and what shoppers were told. Numbers as in docs/proof.md.
import { type Order, TOTAL_MINOR } from './gallery.ts';
import type { Scene } from './scene.ts';

interface Books {
  readonly id: string;
  readonly order_state: string | null;
  readonly captured: number | null;
  readonly intent: string | null;
  readonly copy_state: string;
  readonly copy_holder: string | null;
  readonly posted: number;
  readonly paid_times: number;
  readonly asked: boolean;
  readonly unsettled: number;
}

/** Where nothing that was acknowledged may be lost. */
const KEEPS_ALL: ReadonlySet<Scene['kind']> = new Set(['sync', 'cancelled', 'split-sync']);

/** @returns what was violated, one line each */
export async function violations(scene: Scene): Promise<string[]> {
  const books = new Map((await readBooks(scene)).map((row) => [row.id, row]));
  const ofOrders = scene.orders.flatMap((order) => {
    const row = books.get(order.id);
    return row ? ofOrder(scene, order, row) : [`${order.id}: the checkout is gone`];
  });
  if (!KEEPS_ALL.has(scene.kind)) return ofOrders;
  const ofLost = scene.lost.map(({ key, answer }) => `I4 ${key}: ${answer} was acknowledged, and is lost`);
  return [...ofLost, ...ofOrders];
}

function ofOrder(scene: Scene, { id, number }: Order, books: Books): string[] {
  const charges = scene.bank.charges.filter(({ orderId }) => orderId === id);
  const heard = scene.told.filter(({ orderId }) => orderId === id);
  const isPaid = books.order_state === 'paid';
  const isCharged = charges.length > 0;
  const ends = new Set(heard.map(({ key, answer }) => `${key} ${answer === 'changed' ? 'cancelled' : answer}`));
  const rules: Readonly<Record<string, boolean>> = {
    [`I1 charged ${charges.length} times`]: charges.length > 1,
    'I2 charged, not paid, and nobody was asked': isCharged && !isPaid && !books.asked,
    'I2 charged, and not paid': isCharged && !isPaid && KEEPS_ALL.has(scene.kind),
    'I2 paid by another intent than the stored one': isPaid && charges[0]?.intentId !== books.intent,
    'I3 paid, and nothing was charged': isPaid && !isCharged,
    'I3 the amount is not the order’s': isPaid && books.captured !== TOTAL_MINOR,
    [`I5 two answers: ${[...ends].join(', ')}`]: ends.size > new Set(heard.map(({ key }) => key)).size,
    'I10 told that it is paid, and nothing was charged': !isCharged && heard.some(({ answer }) => answer === 'paid'),
    'I7 paid twice': books.paid_times > 1,
    'I11 the copy of a paid order is not its own': isPaid && (books.copy_state !== 'sold' || books.copy_holder !== id),
    'I11 nobody bought the copy, and it is not for sale': !isPaid && !books.asked && books.copy_state !== 'available',
    'I12 the ledger differs from what was charged': isPaid && books.posted !== TOTAL_MINOR,
    'I13 came to no end': books.unsettled > 0 || books.order_state === 'reserved',
  };
  return Object.entries(rules).flatMap(([rule, isBroken]) => (isBroken ? [`${rule} (${id}, copy ${number})`] : []));
}

async function readBooks({ node }: Scene): Promise<Books[]> {
  const rows = await node.ask(`
    select k.id, o.state as order_state, p.captured_minor::int as captured, p.intent_id as intent,
      c.state as copy_state, c.held_by as copy_holder,
      (select coalesce(sum(amount_minor), 0)::int from ledger_posting where order_id = k.id) as posted,
      (select count(*)::int from audit where subject_id = k.id and action = 'order.paid') as paid_times,
      (select count(*)::int from idempotency.record where scope = k.id::text and state in (0, 1, 4)) as unsettled,
      (o.review_reason is not null
        or exists (select 1 from ledger_difference where order_id = k.id and resolved_at is null)) as asked
    from checkout k join cart on cart.id = k.cart_id
      join lateral (select number from cart_line where cart_id = cart.id
        union all select number from order_line where order_id = k.id limit 1) line on true
      join copy c on c.number = line.number
      left join orders o on o.id = k.id left join payment p on p.order_id = k.id`);
  return rows as unknown as Books[];
}
