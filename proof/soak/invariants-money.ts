import type { Evidence, LedgerRow, Order } from './evidence.ts';

/** By the order that they are for. */
export function byOrder<T extends { readonly orderId: string | null }>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, ({ orderId }) => orderId ?? '');
}

/** Charges that were not taken back, by order. */
export function standing({ provider }: Evidence): Map<string, LedgerRow[]> {
  const voided = new Set(provider.ledger.filter(({ kind }) => kind === 'void').map(({ charge }) => charge));
  const kept = provider.ledger.filter(({ kind, charge }) => kind === 'charge' && !voided.has(charge));
  return Map.groupBy(kept, (row) => row.order_id ?? '');
}

/** Orders whose charge the provider took back after it had said that they are paid, where a person was asked about it. */
function reversals(evidence: Evidence): Set<string> {
  const { shop, provider } = evidence;
  const voided = new Set(provider.ledger.filter(({ kind }) => kind === 'void').map((row) => row.order_id));
  const flagged = new Set(shop.orders.filter(({ reviewReason }) => reviewReason !== null).map(({ id }) => id));
  const missing = shop.differences.filter(({ kind }) => kind === 'missing_there').map(({ orderId }) => orderId ?? '');
  const charged = standing(evidence);
  return new Set(missing.filter((id) => voided.has(id) && flagged.has(id) && !charged.has(id)));
}

/** What express and tracked cost, as the shop's pages say. */
const SHIPPING_MINOR: Readonly<Record<string, number>> = { tracked: 1_200, express: 2_400 };

export const MONEY_INVARIANTS = {
  I1: { says: 'at most one charge per order, at every instant', check: atMostOneCharge },
  I2: { says: 'no paid order is lost: each charge has its order, which is paid', check: noLostOrder },
  I3: { says: 'no unpaid goods: each paid order has its one charge, or a person is asked', check: noUnpaidGoods },
  I10: { says: 'unknown is not failure: what was cancelled was charged nothing', check: unknownIsNotFailure },
  I11: { says: 'copies and promotion uses are conserved', check: stockConserved },
  I12: { says: 'money is conserved, and each amount is what was for sale', check: moneyConserved },
} as const;

function atMostOneCharge({ provider }: Evidence): string[] {
  const open = new Map<string, Set<string>>();
  const found: string[] = [];
  for (const { seq, kind, charge, order_id: orderId } of provider.ledger) {
    const charges = open.get(orderId ?? '') ?? new Set();
    open.set(orderId ?? '', charges);
    if (kind === 'charge') charges.add(charge);
    if (kind === 'void') charges.delete(charge);
    if (charges.size > 1) found.push(`order ${orderId} has ${charges.size} charges at row ${seq} of the ledger`);
  }
  return found;
}

function noLostOrder(evidence: Evidence): string[] {
  const orders = new Map(evidence.shop.orders.map((order) => [order.id, order]));
  const intents = new Map(evidence.shop.payments.map(({ orderId, intentId }) => [orderId, intentId]));
  return [...standing(evidence)].flatMap(([orderId, charges]) =>
    charges.flatMap(({ charge, amount, currency, pi }) => {
      const order = orders.get(orderId);
      if (!order?.isPaid) return [`charge ${charge}: order ${orderId} is ${order?.state ?? 'not there'}`];
      const wrong = [
        amount !== order.totalMinor && `${amount}, not ${order.totalMinor}`,
        currency.toUpperCase() !== order.currency && `${currency}, not ${order.currency}`,
        intents.get(orderId) !== pi && `intent ${pi}, not ${intents.get(orderId)}`,
      ].filter(Boolean);
      return wrong.map((what) => `charge ${charge} of order ${orderId}: ${what}`);
    }),
  );
}

function noUnpaidGoods(evidence: Evidence): string[] {
  const charges = standing(evidence);
  const asked = reversals(evidence);
  return evidence.shop.orders
    .filter(({ id, isPaid }) => isPaid && !asked.has(id))
    .filter(
      ({ id, totalMinor }) =>
        charges
          .get(id)
          ?.map(({ amount }) => amount)
          .join() !== String(totalMinor),
    )
    .map(
      ({ id, totalMinor }) => `order ${id} of ${totalMinor} is paid and has ${charges.get(id)?.length ?? 0} charges`,
    );
}

function unknownIsNotFailure(evidence: Evidence): string[] {
  const charges = standing(evidence);
  const intents = new Map(evidence.provider.intents.map(({ id, status }) => [id, status]));
  const money = new Map(evidence.shop.payments.map((payment) => [payment.orderId, payment]));
  return evidence.shop.orders
    .filter(({ state }) => state === 'cancelled')
    .flatMap(({ id }) => {
      const intentId = money.get(id)?.intentId;
      const status = intentId ? intents.get(intentId) : 'canceled';
      return [
        ...(charges.has(id) ? [`order ${id} is cancelled, and charged`] : []),
        ...(status === 'canceled' ? [] : [`order ${id} is cancelled, its intent ${intentId} is ${status}`]),
      ];
    });
}

function stockConserved(evidence: Evidence): string[] {
  return [...copiesConserved(evidence), ...soldOnce(evidence), ...promotionConserved(evidence)];
}

function copiesConserved({ shop, hung }: Evidence): string[] {
  const copies = Map.groupBy(shop.copies, ({ editionId }) => editionId);
  return hung.flatMap(({ id, slug, copies: many }) => {
    const numbers = (copies.get(id) ?? []).map(({ number }) => number).sort((a, b) => a - b);
    const isWhole = numbers.length === many && numbers.every((number, index) => number === index + 1);
    return isWhole ? [] : [`${slug} was hung with ${many} copies and has ${numbers.length}`];
  });
}

/** Each sold copy is of one order that paid for it, and each copy that was paid for is sold to who paid. */
function soldOnce({ shop }: Evidence): string[] {
  const nameOf = (of: { editionId: string; number: number }) => `${of.editionId} No. ${of.number}`;
  const copies = new Map(shop.copies.map((copy) => [nameOf(copy), copy]));
  const states = new Map(shop.orders.map(({ id, state }) => [id, state]));
  const owned = shop.lines.filter(({ orderId, isVoid }) => states.get(orderId) === 'paid' && !isVoid);
  const owners = Map.groupBy(owned, nameOf);
  const orders = new Map(shop.orders.map((order) => [order.id, order]));
  const isGone = (orderId: string) => orders.get(orderId)?.reviewReason === 'copy_gone';
  return [
    ...[...owners].filter(([, lines]) => lines.length > 1).map(([name]) => `${name} has two owners`),
    ...owned
      .filter((line) => !isGone(line.orderId) && copies.get(nameOf(line))?.heldBy !== line.orderId)
      .map((line) => `${nameOf(line)} was paid for by ${line.orderId}, who does not have it`),
    ...shop.copies
      .filter(({ state }) => state === 'sold')
      .filter((copy) => owners.get(nameOf(copy))?.[0]?.orderId !== copy.heldBy)
      .map((copy) => `${nameOf(copy)} is sold to ${copy.heldBy}, who has not paid for it`),
  ];
}

function promotionConserved({ shop, promotion }: Evidence): string[] {
  const uses = shop.promotionUses;
  const orders = new Map(shop.orders.map((order) => [order.id, order]));
  return [
    ...(uses.length + shop.promotionUsesLeft === promotion.uses
      ? []
      : [`${promotion.code}: ${uses.length} uses and ${shop.promotionUsesLeft} left, of ${promotion.uses}`]),
    ...uses
      .filter(({ orderId }) => !orders.get(orderId)?.isPaid)
      .map(({ orderId }) => `${promotion.code} is used by order ${orderId}, which is not paid`),
  ];
}

function moneyConserved(evidence: Evidence): string[] {
  const { shop, provider } = evidence;
  const charges = standing(evidence);
  const refunds = Map.groupBy(
    provider.ledger.filter(({ kind }) => kind === 'refund'),
    (row) => row.order_id ?? '',
  );
  const [postings, lines] = [byOrder(shop.postings), byOrder(shop.lines)];
  const money = new Map(shop.payments.map((payment) => [payment.orderId, payment]));
  const ids = new Set([...shop.orders.map(({ id }) => id), ...charges.keys(), ...refunds.keys()]);
  const asked = reversals(evidence);
  const wrongly = [...ids].flatMap((id) => {
    if (asked.has(id)) return [];
    const theirs = sum(charges.get(id) ?? []) - sum(refunds.get(id) ?? []);
    const posted = sum((postings.get(id) ?? []).map(signed));
    const payment = money.get(id);
    const booked = (payment?.capturedMinor ?? 0) - (payment?.refundedMinor ?? 0);
    return theirs === posted && theirs === booked
      ? []
      : [`order ${id}: the provider has ${theirs}, our ledger ${posted}, our payment ${booked}`];
  });
  const mispriced = shop.orders
    .filter((order) => order.totalMinor !== priceOf(order, lines.get(order.id) ?? [], evidence))
    .map(({ id, totalMinor }) => `order ${id} costs ${totalMinor}, not ${priceOfId(id, evidence, lines)}`);
  return [...wrongly, ...mispriced];
}

type Line = Evidence['shop']['lines'][number];

const priceOfId = (id: string, evidence: Evidence, lines: Map<string, Line[]>) =>
  evidence.shop.orders
    .filter((order) => order.id === id)
    .map((order) => priceOf(order, lines.get(id) ?? [], evidence))[0];

/** From what was hung, not from what the order says that it cost. */
function priceOf(order: Order, lines: readonly Line[], { hung, promotion }: Evidence): number {
  const prices = new Map(hung.map(({ id, priceMinor }) => [id, priceMinor]));
  const prints = lines.reduce((total, { editionId }) => total + (prices.get(editionId) ?? Number.NaN), 0);
  const discount = order.promotionCode === promotion.code ? Math.round((prints * promotion.percentOff) / 100) : 0;
  return prints - discount + (SHIPPING_MINOR[order.shippingMethod] ?? Number.NaN);
}

const sum = (rows: readonly { readonly amount: number }[]): number =>
  rows.reduce((total, { amount }) => total + amount, 0);

const signed = ({ kind, amountMinor }: Evidence['shop']['postings'][number]) => ({
  amount: kind === 'refund' ? -amountMinor : amountMinor,
});
