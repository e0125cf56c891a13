import type { Evidence, LedgerRow, Order } from '../soak/evidence.ts';
import { standing } from '../soak/invariants-money.ts';

interface Planted {
  readonly invariant: string;
  readonly what: string;
  /** Makes one record say what cannot be. */
  readonly plant: (evidence: Evidence) => void;
}

export const PLANTED: readonly Planted[] = [
  {
    invariant: 'I1',
    what: 'a second charge of a paid order',
    plant: (evidence) => {
      const { ledger } = evidence.provider;
      const charge = chargeOf(evidence, paid(evidence).id);
      ledger.push({ ...charge, seq: charge.seq + 10_000, charge: 'ch_second', pi: 'pi_second' });
    },
  },
  {
    invariant: 'I2',
    what: 'an order that was charged, and is cancelled here',
    plant: (evidence) => Object.assign(paid(evidence), { state: 'cancelled', isPaid: false }),
  },
  {
    invariant: 'I3',
    what: 'a paid order whose charge nobody made',
    plant: (evidence) => {
      const charge = chargeOf(evidence, paid(evidence).id);
      take(evidence.provider.ledger, (row) => row === charge);
    },
  },
  {
    invariant: 'I3',
    what: 'a paid order whose charge was taken back, and nobody was told',
    plant: (evidence) => {
      const charge = chargeOf(evidence, paid(evidence).id);
      evidence.provider.ledger.push({ ...charge, seq: charge.seq + 1_000_000, kind: 'void' });
    },
  },
  {
    invariant: 'I4',
    what: 'a shopper who was told that they have paid, and have not',
    plant: ({ heard, shop }) => {
      const { id } = the(shop.orders, ({ isPaid }) => !isPaid);
      heard.push({ ...the(heard, ({ answer }) => answer === 'paid'), checkoutId: id });
    },
  },
  {
    invariant: 'I5',
    what: 'the same press told something else',
    plant: ({ heard }) => {
      const press = the(heard, ({ procedure, answer }) => procedure === 'checkout.pay' && answer === 'paid');
      heard.push({ ...press, answer: 'declined', reason: 'card_declined' });
    },
  },
  {
    invariant: 'I6',
    what: 'an order that was paid, and then cancelled',
    plant: ({ shop }) => {
      shop.audit.push({ ...the(shop.audit, ({ action }) => action === 'order.paid'), action: 'order.cancelled' });
    },
  },
  {
    invariant: 'I7',
    what: 'a charge that is posted twice',
    plant: ({ shop }) => {
      const posting = the(shop.postings, ({ kind }) => kind === 'charge');
      shop.postings.push({ ...posting, objectId: 'ch_again' });
    },
  },
  {
    invariant: 'I8',
    what: 'a press with another card that was let through',
    plant: ({ heard }) => {
      const press = the(heard, ({ procedure, answer }) => procedure === 'checkout.pay' && answer === 'paid');
      heard.push({ ...press, token: 'ctoken_other' });
    },
  },
  {
    invariant: 'I9',
    what: 'an answer with somebody else in it',
    plant: ({ heard }) => {
      heard.push({ ...the(heard, ({ status }) => status === 200), others: [4_711] });
    },
  },
  {
    invariant: 'I10',
    what: 'an order that was cancelled while its payment might still succeed',
    plant: ({ shop, provider }) => {
      const cancelled = new Set(shop.orders.filter(({ state }) => state === 'cancelled').map(({ id }) => id));
      const payment = the(shop.payments, ({ orderId, intentId }) => cancelled.has(orderId) && intentId !== null);
      the(provider.intents, ({ id }) => id === payment.intentId).status = 'processing';
    },
  },
  {
    invariant: 'I11',
    what: 'a sold copy that belongs to nobody who paid',
    plant: ({ shop }) => {
      the(shop.copies, ({ state }) => state === 'sold').heldBy = 'somebody';
    },
  },
  {
    invariant: 'I11',
    what: 'a copy that is gone',
    plant: ({ shop }) => take(shop.copies, ({ state }) => state === 'available'),
  },
  {
    invariant: 'I11',
    what: 'a promotion that was used once more than it may be',
    plant: ({ shop, promotion }) => {
      shop.promotionUses.push({ orderId: the(shop.orders, ({ isPaid }) => isPaid).id, code: promotion.code });
    },
  },
  {
    invariant: 'I12',
    what: 'a cent that only our ledger has',
    plant: ({ shop }) => {
      the(shop.postings, ({ kind }) => kind === 'charge').amountMinor += 1;
    },
  },
  {
    invariant: 'I12',
    what: 'an order that costs something else than what was hung',
    plant: (evidence) => {
      const { id } = paid(evidence);
      const charge = chargeOf(evidence, id);
      const posting = the(evidence.shop.postings, ({ orderId, kind }) => kind === 'charge' && orderId === id);
      paid(evidence).totalMinor -= 100;
      charge.amount -= 100;
      posting.amountMinor -= 100;
      the(evidence.shop.payments, ({ orderId }) => orderId === id).capturedMinor -= 100;
    },
  },
  {
    invariant: 'I13',
    what: 'an operation that nobody finishes',
    plant: ({ shop }) => {
      the(shop.records, () => true).state = 0;
    },
  },
  {
    invariant: 'I13',
    what: 'a paid order without its receipt',
    plant: (evidence) => {
      const { id } = paid(evidence);
      for (const mail of evidence.shop.mails) if (mail.orderId === id) mail.isDelivered = false;
    },
  },
  {
    invariant: 'I15',
    what: 'a record with two owners at once',
    plant: ({ takings }) => {
      takings.push({ ...the(takings, () => true) });
    },
  },
  {
    invariant: 'I16',
    what: 'one derived key for two requests',
    plant: ({ provider }) => {
      const sent = the(provider.requests, ({ method, key }) => method === 'POST' && key !== null);
      provider.requests.push({ ...sent, params: '{"amount":"1"}' });
    },
  },
  {
    invariant: 'I16',
    what: 'a confirm under a key that no attempt explains',
    plant: ({ provider }) => {
      const sent = the(provider.requests, ({ path, orderId }) => path.endsWith('/confirm') && orderId !== null);
      for (const key of ['once_1', 'once_2', 'once_3', 'once_4', 'once_5']) provider.requests.push({ ...sent, key });
    },
  },
  {
    invariant: 'I17',
    what: 'an event that was answered for, and lost',
    plant: ({ shop, provider }) => take(shop.events, ({ id }) => id === provider.delivered[0]),
  },
];

const paid = ({ shop }: Evidence): Order => the(shop.orders, ({ state }) => state === 'paid');

/** Not one that was taken back: an order that paid late may have such, too. */
const chargeOf = (evidence: Evidence, orderId: string): LedgerRow =>
  the(standing(evidence).get(orderId) ?? [], () => true);

class NothingToCorruptError extends Error {
  readonly code = 'NOTHING_TO_CORRUPT';
}

function the<T>(rows: readonly T[], isIt: (row: T) => boolean): T {
  const found = rows.find(isIt);
  if (found === undefined) throw new NothingToCorruptError('the soak has shown nothing of the kind');
  return found;
}

function take<T>(rows: T[], isIt: (row: T) => boolean): void {
  rows.splice(rows.indexOf(the(rows, isIt)), 1);
}
