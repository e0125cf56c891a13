import type { Store } from '../../store.ts';
import type { Delivery, DeliveryFilter, DeliveryState, Try } from '../../webhooks/deliveries.ts';
import type { Endpoint } from '../../webhooks/endpoints.ts';
import { type Html, html } from './html.ts';
import { button, code, filterForm, page, state, table, time } from './layout.ts';

const NEWEST = 100;

/** The endpoints and the queue of what goes to them, the newest first. */
export function webhooksPage(store: Store, filter: Omit<DeliveryFilter, 'limit'>): string {
  const { account = '', orderId = '', state: wanted = '' } = filter;
  const back = `/webhooks?${new URLSearchParams({ account, order_id: orderId, state: wanted }).toString()}`;
  const deliveries = store.deliveries.newest({ ...filter, limit: NEWEST });
  const endpoints = store.objects.withPrefix('webhook_endpoint', 'we_');
  const scope = { ...(filter.account && { account }), ...(filter.orderId && { order_id: orderId }) };
  return page(
    '/webhooks',
    'Webhooks',
    html`<section><h2>Endpoints</h2>${table(
      ['Account', 'URL', 'Events', 'Status', 'Do'],
      endpoints.map((each) => endpointRow(store, each)),
    )}</section>
${filterForm('/webhooks', [
  ['order_id', 'Order', orderId],
  ['account', 'Account', account],
  ['state', 'State', wanted],
])}
<section><h2>Queue</h2>
${deliveries.some((each) => each.state === 'held') && button('/deliveries/release', 'Release all that are held', back, scope)}
${table(
  ['Event', 'About', 'State', 'Tries', 'Faults', 'Do'],
  deliveries.map((each) => [
    html`${each.event_type}<br>${code(each.event)}`,
    html`${each.order_id ?? '–'} <small>${each.account}</small>`,
    state(each.state, STATES[each.state]),
    tries(each),
    each.faults.length === 0 ? '' : state(each.faults.join(', '), 'bad'),
    html`${each.state === 'pending' && button(`/deliveries/${each.id}/hold`, 'Hold', back)}${each.state === 'held' && button(`/deliveries/${each.id}/release`, 'Release', back)}${button(`/deliveries/${each.id}/resend`, 'Resend', back)}`,
  ]),
)}</section>`,
  );
}

const STATES = {
  pending: 'open',
  held: 'open',
  dropped: 'bad',
  succeeded: 'good',
  failed: 'bad',
  canceled: '',
} as const satisfies Record<DeliveryState, 'good' | 'bad' | 'open' | ''>;

function endpointRow(store: Store, { account, id }: { account: string; id: string }) {
  const endpoint = store.objects.get<Endpoint>(account, 'webhook_endpoint', id);
  return [
    account,
    code(endpoint?.url ?? id),
    endpoint?.enabled_events.join(', ') ?? '',
    state(endpoint?.status ?? '', endpoint?.status === 'enabled' ? 'good' : ''),
    html`<a href="/arm?${new URLSearchParams({ account }).toString()}">Arm a fault</a>`,
  ];
}

function tries({ tried, state: now, due_ms: dueMs }: Delivery & { readonly tried: Try[] }): Html {
  const each = tried.map(
    ({ ts, status, failure, took_ms: tookMs }) =>
      html`<div>${time(ts)} ${state(String(status ?? failure), status !== null && status < 300 ? 'good' : 'bad')} ${tookMs} ms</div>`,
  );
  return html`${each}${now === 'pending' && html`<div>next ${time(dueMs)}</div>`}`;
}
