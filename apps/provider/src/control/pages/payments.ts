import type { Dispute } from '../../disputes.ts';
import type { LedgerRow } from '../../ledger.ts';
import { formatAmount } from '../../money.ts';
import type { Intent } from '../../outcomes.ts';
import type { Refund } from '../../refunds.ts';
import type { Store } from '../../store.ts';
import { type Html, html } from './html.ts';
import { button, code, filterForm, page, state, table, time } from './layout.ts';

const NEWEST_INTENTS = 50;

/** An order of an account, with all that is known of it; without an order, an intent by itself. */
interface Order {
  readonly account: string;
  readonly orderId: string | null;
  readonly intents: Intent[];
  readonly rows: LedgerRow[];
}

/** Payments and ledger by order, the newest first. What was charged twice comes before everything else, in red. */
export function paymentsPage(
  store: Store,
  filter: { account?: string | undefined; orderId?: string | undefined },
): string {
  const { account = '', orderId = '' } = filter;
  const back = `/?${new URLSearchParams({ account, order_id: orderId }).toString()}`;
  const doubles = store.ledger.doubles();
  const isDouble = (order: Order) =>
    doubles.some((each) => each.account === order.account && each.orderId === order.orderId);
  const orders = ordersOf(store, filter, doubles).map((order) => ({ order, double: isDouble(order) }));
  const sorted = [...orders.filter(({ double }) => double), ...orders.filter(({ double }) => !double)];
  return page(
    '/',
    'Payments',
    html`${filterForm('/', [
      ['order_id', 'Order', orderId],
      ['account', 'Account', account],
    ])}
<p>${doubles.length === 0 ? 'No order was charged more than once.' : html`<strong class="bad">${doubles.length} ${doubles.length === 1 ? 'order was' : 'orders were'} charged more than once.</strong>`}</p>
${sorted.length === 0 ? html`<p class="none">No payments yet.</p>` : sorted.map(({ order, double }) => orderSection(store, order, double, back))}`,
  );
}

function ordersOf(
  store: Store,
  filter: { account?: string | undefined; orderId?: string | undefined },
  doubles: readonly { account: string; orderId: string }[],
): Order[] {
  const newest = store.objects.newestIntents({ ...filter, limit: NEWEST_INTENTS });
  const named = [
    ...doubles.filter(
      ({ account, orderId }) => (filter.account ?? account) === account && (filter.orderId ?? orderId) === orderId,
    ),
    ...newest.flatMap(({ account, intent }) => {
      const orderId = intent.metadata['order_id'];
      return orderId === undefined ? [] : [{ account, orderId }];
    }),
  ];
  const unique = new Map(named.map((each) => [JSON.stringify(each), each])).values();
  const withOrder = [...unique].map(({ account, orderId }) => ({
    ...{ account, orderId, rows: store.ledger.rows({ account, orderId }) },
    intents: store.objects.newestIntents({ account, orderId, limit: NEWEST_INTENTS }).map(({ intent }) => intent),
  }));
  const alone = newest.filter(({ intent }) => intent.metadata['order_id'] === undefined);
  return [
    ...withOrder,
    ...alone.map(({ account, intent }) => ({
      ...{ account, orderId: null, intents: [intent] },
      rows: store.ledger.rowsOf(intent.id),
    })),
  ];
}

function orderSection(store: Store, order: Order, double: boolean, back: string): Html {
  const { account, orderId, intents, rows } = order;
  return html`<section class="${double ? 'double' : ''}">
<h2>${orderId ?? 'No order'} <small>${account}</small>${double && html` <strong class="bad">charged more than once</strong>`}</h2>
${table(
  ['Intent', 'Status', 'Amount', 'Do'],
  intents.map((intent) => [
    code(intent.id),
    state(intent.status, STATUS[intent.status] ?? ''),
    formatAmount(intent.amount, intent.currency),
    html`${actions(intent, back)}${armLink(order)}`,
  ]),
)}
${intents.map((intent) => afterwards(store, account, intent, back))}
${rows.length > 0 && html`<h3 class="none">Ledger</h3>${ledgerTable(rows)}`}
</section>`;
}

const STATUS: Readonly<Record<string, 'good' | 'open' | ''>> = {
  succeeded: 'good',
  processing: 'open',
  requires_action: 'open',
  requires_capture: 'open',
};

function actions({ id, status }: Intent, back: string): Html {
  switch (status) {
    case 'requires_action':
      return html`${button(`/intents/${id}/action`, 'Pass the bank', back, { result: 'complete' })}${button(`/intents/${id}/action`, 'Fail at the bank', back, { result: 'fail' })}`;
    case 'processing':
      return html`${button(`/intents/${id}/settle`, 'Succeed', back, { result: 'succeed' })}${button(`/intents/${id}/settle`, 'Fail', back, { result: 'fail' })}`;
    case 'succeeded':
      return button(`/intents/${id}/dispute`, 'Dispute', back);
    default:
      return html``;
  }
}

function armLink({ account, orderId }: Order): Html {
  if (orderId === null) return html``;
  return html`<a href="/arm?${new URLSearchParams({ account, order: orderId }).toString()}">Arm a fault</a>`;
}

/** Refunds and disputes of an intent. */
function afterwards(store: Store, account: string, intent: Intent, back: string): Html {
  const of = (type: string) => store.objects.page(account, type, ['payment_intent = ?'], [intent.id], 100, 'DESC').data;
  const refunds = (of('refund') as Refund[]).map((refund) => [
    html`Refund ${code(refund.id)}`,
    state(refund.status ?? '', refund.status === 'succeeded' ? 'good' : refund.status === 'failed' ? 'bad' : 'open'),
    formatAmount(refund.amount, refund.currency),
    refundActions(refund, back),
  ]);
  const disputes = (of('dispute') as Dispute[]).map((dispute) => [
    html`Dispute ${code(dispute.id)}`,
    state(dispute.status, dispute.status === 'won' ? 'good' : 'bad'),
    formatAmount(dispute.amount, dispute.currency),
    disputeActions(dispute, back),
  ]);
  const rows = [...refunds, ...disputes];
  return rows.length === 0 ? html`` : table(['What', 'Status', 'Amount', 'Do'], rows);
}

function refundActions({ id, status }: Refund, back: string): Html {
  const fail = button(`/refunds/${id}/settle`, 'Fail', back, { result: 'fail' });
  if (status === 'succeeded') return fail;
  if (status !== 'pending' && status !== 'requires_action') return html``;
  return html`${button(`/refunds/${id}/settle`, 'Succeed', back, { result: 'succeed' })}${fail}`;
}

function disputeActions({ id, status }: Dispute, back: string): Html {
  if (status !== 'needs_response' && status !== 'under_review') return html``;
  const close = (result: string) => button(`/disputes/${id}/close`, `End as ${result}`, back, { result });
  return html`${close('won')}${close('lost')}`;
}

function ledgerTable(rows: readonly LedgerRow[]): Html {
  return table(
    ['When', 'What', 'Amount', 'Charge', 'Request'],
    rows.map((row) => [
      time(row.ts),
      row.kind,
      formatAmount(row.amount, row.currency),
      code(row.charge),
      html`<a href="/requests?${new URLSearchParams({ request: row.request_id }).toString()}">${code(row.request_id)}</a>`,
    ]),
  );
}
