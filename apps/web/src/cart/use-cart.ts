'use client';
import { priceOf } from '@once/checkout/pricing';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import type { ErrorCode } from '#server/api/refusals.ts';
import type { AppRouter } from '#server/api/router.ts';
import { api, refusalOf } from '#trpc/client.ts';
import { useTRPC } from '#trpc/providers.tsx';

export type Cart = inferRouterOutputs<AppRouter>['cart']['get'];
type Line = Pick<Cart['lines'][number], 'slug' | 'title' | 'number'>;
type Frame = Cart['lines'][number]['frame'];

/** The cart and what can be done with it. One thing at a time: `busy` while something is under way. */
export function useCart(initialData?: Cart) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const options = trpc.cart.get.queryOptions();
  const { data: cart } = useQuery({ ...options, refetchOnMount: 'always', ...(initialData && { initialData }) });
  const [refusal, setRefusal] = useState<string>();
  const [done, setDone] = useState<string>();
  const [busy, setBusy] = useState(false);
  const inFlight = useRef(false);

  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: options.queryKey });
    router.refresh(); // the frame shows how many prints are in the cart
  };

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    if (inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    setRefusal(undefined);
    setDone(undefined);
    try {
      await work();
    } catch (error) {
      setRefusal(wordsOf(error, cart?.lines ?? []));
    }
    await refresh();
    inFlight.current = false;
    setBusy(false);
  }

  /** Shows the cart as it will be at once. What the shop then says is right, also where it says no. */
  async function remove({ slug, title, number }: Line): Promise<void> {
    await attempt(async () => {
      await queryClient.cancelQueries({ queryKey: options.queryKey });
      queryClient.setQueryData(options.queryKey, (before) => before && without(before, { slug, number }));
      await api.cart.remove.mutate({ slug, number });
      setDone(`${title}, No. ${number}, was removed and given back.`);
    });
  }

  /** Whoever walks through the choices by keyboard chooses each on the way: all are sent in turn, and the last one counts. */
  const reframed = useRef(Promise.resolve());
  function reframe({ slug, number }: Line, frame: Frame): Promise<void> {
    queryClient.setQueryData(options.queryKey, (before) => before && framedIn(before, { slug, number }, frame));
    reframed.current = reframed.current.then(() => attempt(() => api.cart.add.mutate({ slug, number, frame })));
    return reframed.current;
  }

  const held = (cart?.lines ?? []).filter(({ holdUntil }) => holdUntil !== null);
  const hold = ({ slug, number }: Line) => api.cart.add.mutate({ slug, number });
  return {
    cart,
    busy,
    refusal,
    /** What was done, to be said: the line that it was done to is gone. */
    done,
    refresh,
    remove,
    reframe,
    holdAgain: (line: Line) => attempt(() => hold(line)),
    extend: () =>
      attempt(() => {
        const checkoutId = cart?.checkoutId;
        return checkoutId ? api.checkout.extendHold.mutate({ checkoutId }) : Promise.all(held.map(hold));
      }),
    checkOut: () =>
      attempt(async () => {
        const { checkoutId } = await api.checkout.start.mutate();
        router.push(`/checkout/${checkoutId}`);
      }),
  };
}

function without(cart: Cart, { slug, number }: Pick<Line, 'slug' | 'number'>): Cart {
  const lines = cart.lines.filter((line) => line.slug !== slug || line.number !== number);
  return { ...cart, lines, totals: priceOf(lines, 'tracked') };
}

function framedIn(cart: Cart, { slug, number }: Pick<Line, 'slug' | 'number'>, frame: Frame): Cart {
  const lines = cart.lines.map((line) => {
    if (line.slug !== slug || line.number !== number) return line;
    const framingMinor = line.frames.find((offer) => offer.frame === frame)?.priceMinor ?? 0;
    return { ...line, frame, framingMinor, priceMinor: line.priceMinor - line.framingMinor + framingMinor };
  });
  return { ...cart, lines, totals: priceOf(lines, 'tracked') };
}

const WORDS: Partial<Record<ErrorCode, string>> = {
  COPY_SOLD: '{copy} was sold to someone else after your hold had ended. Remove it to go on.',
  COPY_HELD: '{copy} is held by someone else just now. Remove it, or try again in a few minutes.',
  FRAME_NOT_OFFERED: 'That frame is not offered any more. Nothing was changed.',
  CART_EMPTY: 'Your cart is empty.',
  PAYMENT_OPEN: 'A payment for your cart has begun. Nothing was changed.',
  NO_EXTENSION_LEFT: 'This hold was extended ten times, which is as often as we can.',
};

function wordsOf(error: unknown, lines: readonly Line[]): string {
  const refused = refusalOf(error);
  if (!refused) return 'We could not reach the shop. Nothing was changed. Try again when the connection is back.';
  const gone = refused.copies?.[0];
  const line = lines.find(({ slug, number }) => slug === gone?.slug && number === gone.number);
  const words = WORDS[refused.errorCode] ?? 'Nothing was changed. Try again in a moment.';
  return words.replace('{copy}', line ? `${line.title}, No. ${line.number},` : 'One of your prints');
}
