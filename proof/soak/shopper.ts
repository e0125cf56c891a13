import { setTimeout as pause } from 'node:timers/promises';
import type { Control } from './control.ts';
import type { Gallery } from './gallery.ts';
import { emailOf, type Guest, type Told } from './guest.ts';
import type { Card, Plan } from './plan.ts';
import type { Weather } from './weather.ts';

export interface Place {
  readonly gallery: Gallery;
  readonly weather: Weather;
  readonly control: Control;
  /** A checkout of somebody else, where there is one. */
  readonly strangers: string[];
}

/** What a shopper went home with. */
export interface Bought {
  readonly checkoutId: string;
  readonly totalMinor: number;
  readonly lines: number;
}

const MOST_TURNS = 60;
const TURN_MS = 400;
/** Whoever waits for long asks less often. */
const MOST_PAUSE_MS = 4_000;
/** Nothing more is to be done: neither paid nor going to be. */
const OVER = new Set(['cancelled', 'refunded', 'returned', 'needs_review']);

/**
 * One visit as a browser makes it. What was not heard is asked for again; what was sent is kept, and sent again as it was.
 *
 * @returns what was bought; undefined: nothing, or nobody knows yet
 */
export async function visit(guest: Guest, plan: Plan, place: Place): Promise<Bought | undefined> {
  const lines = await fillsCart(guest, plan, place);
  if (lines === 0) return undefined;
  const started = await untilHeard(() => guest.mutate('checkout.start'));
  const checkoutId = started?.data['checkoutId'];
  if (typeof checkoutId !== 'string') return undefined;
  await fillsForm(guest, plan, checkoutId);
  await place.weather.begins(checkoutId, plan);
  if (plan.snoops) await snoops(guest, place);
  place.strangers.push(checkoutId);

  if (plan.mind === 'cancels_before') await cancels(guest, checkoutId);
  if (plan.mind === 'cancels_before' || plan.mind === 'leaves') return undefined;
  for (const card of plan.cards) {
    const answer = await pays(guest, plan, place, { checkoutId, card });
    if (answer?.kind === 'paid') return { checkoutId, totalMinor: answer.totalMinor, lines };
    if (answer?.kind !== 'refused') return undefined;
  }
  await cancels(guest, checkoutId);
  return undefined;
}

/** @returns how many copies they got */
async function fillsCart(guest: Guest, { wants, shopper }: Plan, { gallery }: Place): Promise<number> {
  if (wants === 'scarce') {
    const slug = await gallery.scarce(shopper);
    const told = await untilHeard(() => guest.mutate('cart.add', { slug }));
    if (told?.status === 200) return 1;
  }
  for (let line = 0; line < (wants === 'two' ? 2 : 1); line++) {
    const { slug, number } = await gallery.own();
    const told = await untilHeard(() => guest.mutate('cart.add', { slug, number, second: true }));
    // One that was heard of by the shop and not by us is in a cart whose cookie never came.
    if (told?.status !== 200) return line;
  }
  return wants === 'two' ? 2 : 1;
}

async function fillsForm(guest: Guest, plan: Plan, checkoutId: string): Promise<void> {
  const contact = {
    ...{ email: emailOf(guest.shopper), name: 'Mira Aldenkamp-Vasquez', line1: 'Lange Straße 118', line2: null },
    ...{ postalCode: '10117', city: 'Berlin', country: 'DE' },
  };
  const { shippingMethod } = plan;
  await untilHeard(() => guest.mutate('checkout.update', { checkoutId, contact, shippingMethod }));
  if (!plan.promotionCode) return;
  await untilHeard(() => guest.mutate('checkout.update', { checkoutId, promotionCode: PROMOTION_CODE }));
}

export const PROMOTION_CODE = 'SOAK10';

type Ending = { readonly kind: 'paid'; readonly totalMinor: number } | { readonly kind: 'refused' | 'over' };

interface Attempt {
  readonly checkoutId: string;
  readonly idempotencyKey: string;
  readonly confirmationToken: string;
  readonly expectedTotalMinor: number;
}

/** One card. @returns undefined: it could not be found out */
async function pays(
  guest: Guest,
  plan: Plan,
  place: Place,
  { checkoutId, card }: { checkoutId: string; card: Card },
): Promise<Ending | undefined> {
  const now = await untilHeard(() => guest.query('checkout.status', { checkoutId }));
  if (now === undefined || now.status !== 200) return undefined;
  const settled = endingOf(now);
  if (settled && settled.kind !== 'refused') return settled;
  const token = await tokenOf(guest, checkoutId, card);
  if (!token) return undefined;
  await place.weather.readsToken(token, plan);
  const attempt: Attempt = {
    checkoutId,
    idempotencyKey: `${checkoutId}.${String(now.data['refusals'])}`,
    confirmationToken: token,
    expectedTotalMinor: now.data['totalMinor'] as number,
  };
  const cancelling = plan.mind === 'cancels_while_paying' ? changesMind(guest, plan, checkoutId) : undefined;
  const told = await presses(guest, plan, attempt);
  await cancelling;
  return await follows(guest, plan, place, attempt, told);
}

async function presses(guest: Guest, plan: Plan, attempt: Attempt): Promise<Told> {
  const press = (of: Attempt = attempt, signal?: AbortSignal) =>
    guest.mutate('checkout.pay', { ...of }, signal ? { signal } : {});
  switch (plan.presses) {
    case 'once':
      return await press();
    case 'several':
      return (await Promise.all([press(), press(), press()]))[0];
    case 'cut_off':
      return await press(attempt, AbortSignal.timeout(plan.cutOffAfterMs));
    case 'two_tabs': {
      const other = await tokenOf(guest, attempt.checkoutId, 'pays');
      const tabs = [attempt, ...(other ? [{ ...attempt, confirmationToken: other }] : [])];
      return (await Promise.all(tabs.map((tab) => press(tab))))[0];
    }
  }
}

/** Does what the page does until there is an end: asks, goes to the bank, and sends again what never arrived. */
async function follows(
  guest: Guest,
  plan: Plan,
  place: Place,
  attempt: Attempt,
  pressed: Told,
): Promise<Ending | undefined> {
  const { checkoutId } = attempt;
  let told = pressed;
  let wasAtBank = false;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const ending = told && endingOf(told);
    if (ending?.kind === 'paid') await guest.mutate('checkout.pay', { ...attempt }); // a reload that sends it again
    if (ending) return ending;
    const answer = told?.data['answer'];
    if (answer === 'requires_action' && !wasAtBank) {
      wasAtBank = true;
      if (!(await goesToBank(guest, plan, place, checkoutId, String(told?.data['redirectUrl'])))) return undefined;
    } else if (answer === 'open') {
      told = await guest.mutate('checkout.pay', { ...attempt });
      continue;
    } else if (turn > 0 || answer !== undefined) await pause(Math.min(TURN_MS * (turn + 1), MOST_PAUSE_MS));
    told = await guest.query('checkout.status', { checkoutId });
  }
  return undefined;
}

function endingOf({ data }: NonNullable<Told>): Ending | undefined {
  const { answer, reason } = data;
  if (answer === 'paid') return { kind: 'paid', totalMinor: data['totalMinor'] as number };
  if (answer === 'declined' || (answer === 'changed' && REPRICED.has(String(reason)))) return { kind: 'refused' };
  return answer === 'changed' || OVER.has(String(answer)) ? { kind: 'over' } : undefined;
}

const REPRICED = new Set(['price_changed', 'promotion_ended']);

/** @returns false: they never come back */
async function goesToBank(guest: Guest, { atBank }: Plan, { control }: Place, checkoutId: string, redirectUrl: string) {
  const intent = /\/test-bank\/(\w+)/.exec(redirectUrl)?.[1];
  if (!intent || atBank === 'walks_away') return false;
  await control.tryTo(`/intents/${intent}/action`, { result: atBank === 'fails' ? 'fail' : 'complete' });
  await guest.returns(checkoutId);
  return true;
}

async function changesMind(guest: Guest, { cancelAfterMs }: Plan, checkoutId: string): Promise<void> {
  await pause(cancelAfterMs);
  await guest.mutate('checkout.cancel', { checkoutId });
}

async function cancels(guest: Guest, checkoutId: string): Promise<void> {
  await untilHeard(() => guest.mutate('checkout.cancel', { checkoutId }));
}

async function snoops(guest: Guest, { strangers }: Place): Promise<void> {
  const checkoutId = strangers.at(-1);
  if (checkoutId === undefined) return;
  await guest.query('checkout.status', { checkoutId });
  await guest.query('checkout.get', { checkoutId });
  await guest.query('orders.get', { orderId: checkoutId });
}

async function tokenOf(guest: Guest, checkoutId: string, card: Card): Promise<string | undefined> {
  const made = await untilHeard(() => guest.mutate('checkout.testToken', { checkoutId, card }));
  const token = made?.data['token'];
  return typeof token === 'string' ? token : undefined;
}

/** Tries again while nobody answers, or the shop says that it cannot just now. */
async function untilHeard(ask: () => Promise<Told>): Promise<Told> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const told = await ask();
    if (told && told.status < 500) return told;
    await pause(Math.min(TURN_MS * (turn + 1), MOST_PAUSE_MS));
  }
  return undefined;
}
