import type { Heard } from './client-log.ts';
import type { Evidence } from './evidence.ts';

/** What `pay` says for good. */
const FINAL = new Set(['paid', 'declined', 'changed']);

export const CLIENT_INVARIANTS = {
  I4: { says: 'what was acknowledged stays true', check: staysTrue },
  I5: { says: 'every retry is told the same', check: sameAnswer },
  I8: { says: 'a key belongs to one card and total', check: keyIsBound },
  I9: { says: 'nobody hears of somebody else', check: isolated },
} as const;

const isPress = ({ procedure, status }: Heard) => procedure === 'checkout.pay' && status === 200;

function staysTrue({ heard, shop }: Evidence): string[] {
  const paid = new Set(shop.orders.filter(({ isPaid }) => isPaid).map(({ id }) => id));
  const attempts = new Map(shop.attempts.map((attempt) => [`${attempt.orderId}.${attempt.attempt}`, attempt.state]));
  const refunds = new Map(shop.refunds.map(({ id, state }) => [id, state]));
  return heard.flatMap((told) => {
    const { procedure, checkoutId, key, answer } = told;
    if (procedure === 'refund') {
      const state = refunds.get(key ?? '');
      const isTrue = answer !== 'succeeded' || state === 'succeeded';
      return isTrue ? [] : [`refund ${key} was said to have succeeded, and is ${state ?? 'not there'}`];
    }
    if (told.status !== 200 || checkoutId === null) return [];
    if (answer === 'paid') return paid.has(checkoutId) ? [] : [`${checkoutId} was told that it is paid, and is not`];
    const ended = key === null ? undefined : attempts.get(key);
    if (answer === 'declined' && ended === 'paid') return [`${key} was told that it is declined, and has paid`];
    if ((answer === 'cancelled' || answer === 'changed') && ended === 'paid') {
      return [`${key} was told ${answer}, and has paid`];
    }
    return answer === 'cancelled' && paid.has(checkoutId) ? [`${checkoutId} was told cancelled, and is paid`] : [];
  });
}

function sameAnswer({ heard }: Evidence): string[] {
  const presses = heard.filter((told) => isPress(told) && FINAL.has(told.answer ?? ''));
  const tries = Map.groupBy(presses, ({ key, token, totalMinor }) => `${key} with ${token} for ${totalMinor}`);
  return [...tries].flatMap(([what, answers]) => {
    const different = new Set(
      answers.map(({ answer, reason, last4 }) => [answer, reason, answer === 'declined' && last4].join()),
    );
    return different.size > 1 ? [`${what} was told ${[...different].join(' and ')}`] : [];
  });
}

/**
 * `processing` is told to whoever comes before the first press has committed: there is no card yet to compare theirs with,
 * and it says nothing of that one.
 */
function keyIsBound({ heard, shop }: Evidence): string[] {
  const tokens = new Map(shop.attempts.map(({ orderId, attempt, token }) => [`${orderId}.${attempt}`, token]));
  return heard
    .filter((told) => isPress(told) && told.answer !== 'processing')
    .filter(({ key, token }) => tokens.has(key ?? '') && tokens.get(key ?? '') !== token)
    .map(({ key, token, answer }) => `${key} has another card than ${token}, which was told ${answer}`);
}

function isolated({ heard }: Evidence): string[] {
  return heard
    .filter(({ others }) => others.length > 0)
    .map(({ shopper, procedure, others }) => `shopper ${shopper} read of ${others.join()} in ${procedure}`);
}
