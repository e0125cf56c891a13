import { STATUS } from '#copy/status-copy.ts';
import type { ErrorCode } from '#server/api/refusals.ts';
import type { PrintPage } from '#server/catalogue.ts';
import { api, refusalOf } from '#trpc/client.ts';

/** What they have just bought of the same print. */
export interface JustBought {
  readonly numbers: readonly number[];
  readonly orderId: string;
}

export type Added =
  | { readonly kind: 'added' }
  /** Perhaps they pressed because nothing seemed to happen: is a second copy meant? */
  | { readonly kind: 'ask'; readonly bought: JustBought }
  | { readonly kind: 'refused'; readonly words: string };

/** Holds a copy for this shopper, framed as they have chosen. @param second a copy of it was just bought, and another one is meant */
export async function addCopy(
  print: Pick<PrintPage, 'slug' | 'frames'>,
  number: number,
  second: boolean,
): Promise<Added> {
  try {
    await oneAtATime(() => api.cart.add.mutate({ slug: print.slug, number, frame: chosenFrame(print), second }));
    return { kind: 'added' };
  } catch (error) {
    const { errorCode, copies = [], orderId } = refusalOf(error) ?? {};
    return errorCode === 'BOUGHT_JUST_NOW' && orderId
      ? { kind: 'ask', bought: { numbers: copies.map((copy) => copy.number), orderId } }
      : { kind: 'refused', words: wordsOf(error, number) };
  }
}

/** The server drew the radio buttons, and no script follows them: what they say now is what is meant. */
function chosenFrame({ frames }: Pick<PrintPage, 'frames'>) {
  const chosen = document.querySelector<HTMLInputElement>('input[name="frame"]:checked')?.value;
  return frames.find(({ frame }) => frame === chosen)?.frame ?? null;
}

// A new shopper's cookie comes with the first answer. Two first adds at once, in two tabs, would otherwise be two shoppers.
async function oneAtATime<T>(add: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? await navigator.locks.request('once-cart', add) : await add();
}

const WORDS: Partial<Record<ErrorCode, string>> = {
  COPY_SOLD: 'No. {copy} was sold a moment ago. Choose another number.',
  COPY_HELD: 'No. {copy} is held by someone. If it is not paid for, it comes back within 10 minutes.',
  ALL_HELD: `${STATUS.all_held.title} ${STATUS.all_held.body}`,
  SOLD_OUT: 'This print is sold out. We do not reprint.',
  FRAME_NOT_OFFERED: 'This print is not offered in that frame any more. Load this page again, and choose another.',
  CART_FULL: 'A cart holds 5 prints, and yours is full. Buy those first, or take one out.',
  PAYMENT_OPEN: 'A payment for your cart is on its way. You can add prints again as soon as it has an answer.',
};

function wordsOf(error: unknown, number: number): string {
  const refused = refusalOf(error);
  if (!refused) return 'We could not reach the shop. Nothing was added. Try again when the connection is back.';
  const words = WORDS[refused.errorCode] ?? 'Nothing was added. Try again in a moment.';
  return words.replace('{copy}', String(number));
}
