'use client';
import type { Status } from '@once/checkout';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { useCallback, useEffect, useRef, useState } from 'react';
import { isOpen } from '#copy/answer-copy.ts';
import { followStatus } from '#live/follow-status.ts';
import { hearOtherTabs } from '#live/other-tabs.ts';
import type { AppRouter } from '#server/api/router.ts';
import { api } from '#trpc/client.ts';
import { useTRPC } from '#trpc/providers.tsx';

export type Checkout = inferRouterOutputs<AppRouter>['checkout']['get'];

/**
 * The checkout and the truth about its payment, asked for anew whenever the page may be out of date: drawn again from the
 * browser's memory, looked at again, back online, or while an answer is still to come.
 *
 * @param watch an answer is missing: keep asking
 */
export function useCheckout(initial: { readonly checkout: Checkout; readonly status: Status }, watch: boolean) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const checkoutId = initial.checkout.id;
  const always = { refetchOnMount: 'always', refetchOnWindowFocus: 'always', refetchOnReconnect: 'always' } as const;
  const checkoutOptions = trpc.checkout.get.queryOptions({ checkoutId });
  const statusOptions = trpc.checkout.status.queryOptions({ checkoutId });
  const { data: checkout } = useQuery({ ...checkoutOptions, ...always, initialData: initial.checkout });
  const { data: status } = useQuery({ ...statusOptions, ...always, initialData: initial.status });

  // An answer that came by asking changes the checkout too: its number, and whether anything but the card may change.
  const known = `${status.answer} ${status.refusals} ${status.hasOrder}`;
  const drawn = useRef(known);
  const { queryKey } = checkoutOptions;
  useEffect(() => {
    if (drawn.current === known) return;
    drawn.current = known;
    void queryClient.invalidateQueries({ queryKey });
  }, [queryClient, queryKey, known]);

  const ask = useCallback(
    () => queryClient.invalidateQueries({ queryKey: trpc.checkout.pathKey() }),
    [queryClient, trpc],
  );
  const hear = useCallback(
    async (answer: Status) => {
      const statusKey = trpc.checkout.status.queryKey({ checkoutId });
      // An older one that is still on its way must not overwrite it.
      await queryClient.cancelQueries({ queryKey: statusKey });
      queryClient.setQueryData(statusKey, answer);
    },
    [queryClient, trpc, checkoutId],
  );

  const due = useNews(checkoutId, ask) || watch || isOpen(status);
  useEffect(() => {
    if (!due) return undefined;
    return followStatus({
      checkoutId,
      ask: () => api.checkout.status.query({ checkoutId }),
      hear: (answer) => void hear(answer),
    });
  }, [checkoutId, due, hear]);

  useEffect(() => {
    const restored = (event: PageTransitionEvent) => event.persisted && void ask();
    const moved = () => void ask();
    addEventListener('pageshow', restored);
    addEventListener('popstate', moved);
    return () => {
      removeEventListener('pageshow', restored);
      removeEventListener('popstate', moved);
    };
  }, [ask]);

  /** Takes an answer that came another way. */
  const tell = async (answer: Status) => {
    await hear(answer);
    // Not waited for: the page can be used again already, and a press while it waits would be taken for a double click.
    void queryClient.invalidateQueries({ queryKey });
  };
  return { checkout, status, ask, tell };
}

/** After this long, what another tab has sent has arrived. */
const NEWS_MS = 5_000;

/** Whether another tab has said just now that something is becoming of this checkout. */
function useNews(checkoutId: string, ask: () => Promise<void>): boolean {
  const [fresh, setFresh] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = hearOtherTabs(checkoutId, () => {
      void ask();
      setFresh(true);
      clearTimeout(timer);
      timer = setTimeout(() => setFresh(false), NEWS_MS);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [checkoutId, ask]);
  return fresh;
}
