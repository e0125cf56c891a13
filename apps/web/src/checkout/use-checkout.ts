'use client';
import type { Status } from '@once/checkout';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { useCallback, useEffect, useRef } from 'react';
import { isOpen } from '#copy/answer-copy.ts';
import type { AppRouter } from '#server/api/router.ts';
import { useTRPC } from '#trpc/providers.tsx';

export type Checkout = inferRouterOutputs<AppRouter>['checkout']['get'];

const ASK_MS = 1_500;

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
  const { data: status } = useQuery({
    ...statusOptions,
    ...always,
    initialData: initial.status,
    refetchInterval: ({ state }) => (watch || (state.data && isOpen(state.data)) ? ASK_MS : false),
  });

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
    [queryClient, trpc.checkout],
  );
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

  /** Takes an answer that came another way. An older one that is still on its way must not overwrite it. */
  const tell = async (answer: Status) => {
    await queryClient.cancelQueries({ queryKey: statusOptions.queryKey });
    queryClient.setQueryData(statusOptions.queryKey, answer);
    // Not waited for: the page can be used again already, and a press while it waits would be taken for a double click.
    void queryClient.invalidateQueries({ queryKey });
  };
  return { checkout, status, ask, tell };
}
