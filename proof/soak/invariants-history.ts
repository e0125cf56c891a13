import type { Evidence } from './evidence.ts';
import { byOrder } from './invariants-money.ts';

const SETTLED = new Set([2, 3, 4, 5]);

export const HISTORY_INVARIANTS = {
  I6: { says: 'states move along the arrows, and no arrow twice', check: alongTheArrows },
  I7: { says: 'each effect once', check: singleEffect },
  I13: { says: 'everything ends', check: everythingEnds },
  I15: { says: 'a record changes hands one at a time', check: oneOwner },
  I16: { says: 'one derived key, one request; as many as there are attempts', check: callDiscipline },
  I17: { says: 'an event that was answered for is kept, and applied', check: eventsKept },
} as const;

/** What may come after what, in the life of an order. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  '': ['order.reserved'],
  'order.reserved': ['order.paid', 'order.cancelled'],
  'order.cancelled': ['order.paid'],
  'order.paid': ['order.refunded', 'order.returned'],
  'order.refunded': [],
  'order.returned': [],
};

function alongTheArrows({ shop }: Evidence): string[] {
  const history = byOrder(shop.audit);
  return shop.orders.flatMap(({ id, state }) => {
    let at = '';
    for (const { action, late } of (history.get(id) ?? []).filter((entry) => entry.action in ARROWS)) {
      const isArrow = ARROWS[at]?.includes(action) && (at !== 'order.cancelled' || late);
      if (!isArrow) return [`order ${id} went from ${at || 'nothing'} to ${action}`];
      at = action;
    }
    return at === `order.${state}` ? [] : [`order ${id} is ${state}, and its history ends with ${at || 'nothing'}`];
  });
}

function singleEffect({ shop }: Evidence): string[] {
  const once = ['order.reserved', 'order.paid', 'order.cancelled', 'order.refunded', 'intent.stored'];
  const twice = (what: string, names: readonly string[]) =>
    [...Map.groupBy(names, (name) => name)].filter(([, of]) => of.length > 1).map(([name]) => `${what}: ${name}`);
  return [
    ...twice(
      'written twice',
      shop.audit
        .filter(({ action }) => once.includes(action) || action.startsWith('attempt.'))
        .map(
          ({ orderId, action, attempt }) =>
            `${action} of ${orderId}${action.startsWith('attempt.') ? `.${attempt}` : ''}`,
        ),
    ),
    ...twice(
      'charged twice in our ledger',
      shop.postings.filter(({ kind }) => kind === 'charge').map(({ orderId }) => orderId),
    ),
    ...twice(
      'two attempts that paid',
      shop.attempts.filter(({ state }) => state === 'paid').map(({ orderId }) => orderId),
    ),
    ...twice(
      'two receipts',
      shop.mails.filter(({ kind }) => kind === 'receipt').map(({ orderId }) => orderId),
    ),
  ];
}

function everythingEnds({ shop, underWay }: Evidence): string[] {
  const receipts = new Set(shop.mails.filter(({ isDelivered }) => isDelivered).map(({ orderId }) => orderId));
  return [
    ...Object.entries(underWay).map(([what, count]) => `${count} ${what} are still under way`),
    ...shop.records
      .filter(({ state }) => !SETTLED.has(state))
      .map(({ operation, key, state }) => `${operation} ${key} is in state ${state}`),
    ...shop.orders
      .filter(({ id, isPaid }) => isPaid && !receipts.has(id))
      .map(({ id }) => `no receipt for order ${id}`),
  ];
}

function oneOwner({ takings }: Evidence): string[] {
  return [...Map.groupBy(takings, ({ recordId, fence }) => `record ${recordId}, fence ${fence}`)]
    .filter(([, takers]) => takers.length > 1)
    .map(([what]) => `${what}: taken by two`);
}

function callDiscipline({ provider, shop }: Evidence): string[] {
  const attempts = byOrder(shop.attempts);
  const keyed = provider.requests.filter(({ method, key }) => method === 'POST' && key !== null);
  const mixed = [...Map.groupBy(keyed, ({ key }) => key)]
    .filter(([, sent]) => new Set(sent.map(({ path, params }) => `${path} ${params}`)).size > 1)
    .map(([key]) => `key ${key} was sent with two requests`);
  const tooMany = (what: string, at: RegExp) =>
    [...byOrder(keyed.filter(({ path }) => at.test(path)))].flatMap(([orderId, sent]) => {
      const keys = new Set(sent.map(({ key }) => key)).size;
      const most = attempts.get(orderId)?.length ?? 0;
      return keys > most ? [`order ${orderId} has ${most} attempts, and ${keys} keys to ${what}`] : [];
    });
  return [
    ...mixed,
    ...tooMany('create', /^\/v1\/payment_intents$/),
    ...tooMany('confirm', /\/confirm$/),
    ...provider.requests
      .filter(({ body }) => body?.includes('idempotency_error'))
      .map(({ path, key }) => `${path}: the provider knows key ${key} with another request`),
    ...provider.requests
      .filter(
        ({ method, path, key }) => method === 'POST' && key === null && /^\/v1\/(payment_intents|refunds)/.test(path),
      )
      .map(({ path }) => `${path} was sent without a key`),
  ];
}

function eventsKept({ provider, shop }: Evidence): string[] {
  const kept = new Map(shop.events.map((event) => [event.id, event]));
  return [
    ...provider.delivered.filter((id) => !kept.has(id)).map((id) => `event ${id} was answered for, and is not there`),
    ...shop.events
      .filter(({ isApplied, isParked }) => !isApplied && !isParked)
      .map(({ id }) => `event ${id} was not applied`),
  ];
}
