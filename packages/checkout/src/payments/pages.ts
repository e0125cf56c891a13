import type { Stripe } from 'stripe';
import { UnreadableAnswerError } from './errors.ts';
import { within } from './within.ts';

const PAGE = 100;

/** Every page of a list. The SDK's own iteration reads on without a deadline. */
export async function* pages<T extends { readonly id: string }>(
  signal: AbortSignal,
  list: (after: Cursor) => Promise<Stripe.ApiList<T>>,
): AsyncGenerator<T[]> {
  for (let after: string | undefined; ; ) {
    const cursor = { limit: PAGE, ...(after !== undefined && { starting_after: after }) };
    const page = await within(signal, () => list(cursor));
    if (page.object !== 'list' || !Array.isArray(page.data)) throw new UnreadableAnswerError('not a list');
    yield page.data;
    after = page.data.at(-1)?.id;
    if (!page.has_more || after === undefined) return;
  }
}

/** Which page of a list. */
export interface Cursor {
  readonly limit: number;
  readonly starting_after?: string;
}
