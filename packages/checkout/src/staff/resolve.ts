import {
  type Answered,
  answered,
  type Declined,
  declined,
  isIdempotencyError,
  type Operator,
  type RecordView,
} from '@once/idempotency';
import { appendAudit } from '../audit.ts';
import { CheckoutError } from '../errors.ts';
import { findIntent } from '../lost-intent.ts';
import { conclude } from '../pay.ts';
import { asCheckoutError } from '../press.ts';
import type { RefundReserved } from '../refund/reserve.ts';
import type { Shop } from '../shop.ts';
import { transact } from '../transact.ts';
import type { ByHand, Moved } from './by-hand.ts';
import { aboutRecord, type FoundRecord, findRecord, type SeenRecord } from './operation.ts';

/** How an operation is brought to its end: by what the provider says now, or by cancelling there first. */
export type ResolveBy = 'provider' | 'cancel';

export type ResolveAnswer =
  /** `outcome`: what the operation has come to. */
  | { readonly answer: 'done'; readonly outcome: 'succeeded' | 'rejected' | 'open' }
  | Moved
  /** The provider has no last word either: nothing was done. */
  | { readonly answer: 'undecided'; readonly says: string };

const ASK_MS = 20_000;
/** Longer than any request that was sent can take to have its effect. */
const ON_ITS_WAY_MS = 3_600_000;

/**
 * Brings an operation that stands at a call to its end. Staff do not say what became of the call: the provider is asked,
 * and its word is taken, so that nobody can write down at night what is not so.
 *
 * @throws {CheckoutError} `UNAVAILABLE` when the provider does not answer
 */
export async function resolveOperation(
  shop: Shop,
  seen: SeenRecord & { readonly by: ResolveBy },
  hand: Omit<ByHand, 'requestId'>,
): Promise<ResolveAnswer> {
  const record = await findRecord(shop, seen.recordId);
  const isAsSeen = record?.fence === seen.fence && record.state === seen.state;
  if (!isAsSeen || (record.state !== 'waiting' && record.state !== 'needs_review')) {
    return { answer: 'moved', now: record?.state ?? 'gone' };
  }
  const said = await asked(shop, record, seen.by);
  if ('answer' in said) return said;
  const { actor, reason } = hand;
  try {
    const status = await resolved(shop, record, said, { by: actor, reason });
    await transact(shop.db, (tx) =>
      appendAudit(tx, { ...aboutRecord(record, seen.recordId, reason), actor, action: 'operation.resolved' }),
    );
    return { answer: 'done', outcome: status === 'succeeded' || status === 'rejected' ? status : 'open' };
  } catch (error) {
    if (!isIdempotencyError(error)) throw error;
    if (error.code !== 'IDEMPOTENCY_NOT_RESOLVABLE' && error.code !== 'IDEMPOTENCY_LEASE_LOST') {
      throw asCheckoutError(error);
    }
    return { answer: 'moved', now: (await findRecord(shop, seen.recordId))?.state ?? 'gone' };
  }
}

async function resolved({ once, workflows }: Shop, record: FoundRecord, said: Said, operator: Operator) {
  switch (record.operation as Operation) {
    case 'checkout.pay':
      return (await once.resolve(workflows.pay, record, said, operator)).status;
    case 'checkout.cancel':
      return (await once.resolve(workflows.cancel, record, said, operator)).status;
    case 'checkout.end_hold':
      return (await once.resolve(workflows.endHold, record, said, operator)).status;
    case 'checkout.refund':
      return (await once.resolve(workflows.refund, record, said, operator)).status;
  }
}

type Operation = 'checkout.pay' | 'checkout.cancel' | 'checkout.end_hold' | 'checkout.refund';
type Said = Answered<unknown> | Declined<unknown>;
type Undecided = Extract<ResolveAnswer, { answer: 'undecided' }>;

async function asked(shop: Shop, record: FoundRecord, by: ResolveBy): Promise<Said | Undecided> {
  const view = await shop.once.find(record.operation, record);
  const ask = ASK[`${record.operation as Operation} ${view?.recoveryPoint}`];
  if (!view || !ask) return undecided('nothing was asked of it');
  try {
    return await ask(shop, view, by);
  } catch (cause) {
    throw new CheckoutError('UNAVAILABLE', 'the provider cannot be asked just now', { cause });
  }
}

type Ask = (shop: Shop, view: RecordView, by: ResolveBy) => Promise<Said | Undecided>;
const within = () => ({ signal: AbortSignal.timeout(ASK_MS) });

/** By operation and last phase: what the call after it was to find out. */
const ASK: Readonly<Partial<Record<`${Operation} ${string}`, Ask>>> = {
  // An intent that nobody has confirmed cannot charge, so "there is none" is a no.
  'checkout.pay reserve': async (shop, { scope }) => {
    const intent = await findIntent(shop, scope, within());
    return intent ? answered({ id: intent.id, last4: null }) : declined('provider_unavailable');
  },
  'checkout.pay remember': (shop, { progress }, by) =>
    lastWord(shop, (progress as { remember: { intentId: string } }).remember.intentId, by),
  'checkout.cancel look': (shop, { progress }, by) =>
    lastWord(shop, (progress as { look: { intentId: string } }).look.intentId, by),
  'checkout.end_hold look': (shop, { progress }, by) =>
    lastWord(shop, (progress as { look: { intentId: string } }).look.intentId, by),
  'checkout.refund reserve': async ({ payments }, { progress, state, advancedAt }) => {
    const refund = await payments.findRefund((progress as { reserve: RefundReserved }).reserve, within());
    if (refund) return answered(refund);
    // It may still be on its way there: whoever sent it was killed, or was cut off.
    const isOver = state === 'needs_review' && Date.now() - advancedAt.getTime() > ON_ITS_WAY_MS;
    return isOver ? declined('never_made') : undecided('no such refund yet');
  },
};

async function lastWord({ payments }: Shop, intentId: string, by: ResolveBy): Promise<Said | Undecided> {
  const intent = await payments[by === 'cancel' ? 'cancel' : 'retrieve'](intentId, within());
  const said = conclude(intent, { recovered: true, triedWith: null });
  return said.status === 'answered' || said.status === 'declined' ? said : undecided(intent.status);
}

const undecided = (says: string): Undecided => ({ answer: 'undecided', says });
