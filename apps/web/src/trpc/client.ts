import { createTRPCClient, httpBatchLink, httpLink, type Operation, splitLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import type { ErrorCode, ErrorFacts } from '#server/api/refusals.ts';
import type { AppRouter } from '#server/api/router.ts';

const API = '/api/trpc';

/**
 * The API as browsers call it. Reads that are asked for together travel together; a write always travels alone, so that
 * it can be sent again alone.
 */
export const api = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: ({ type }) => type === 'query',
      true: httpBatchLink({ url: API, transformer: superjson, maxItems: 10 }),
      false: httpLink({ url: API, transformer: superjson, headers: headersOf }),
    }),
  ],
});

/** What goes along with one request alone: `mutate(input, { context: { headers } })`. */
export function headersOf({ op }: { readonly op: Operation }): Record<string, string> {
  return (op.context['headers'] ?? {}) as Record<string, string>;
}

/** The shop's own code in an answer that refused. Undefined: there was no answer, or none of the shop's. */
export function refusalOf(error: unknown): (ErrorFacts & { readonly status: number }) | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const data = error.data as
    | ({ readonly errorCode?: ErrorCode; readonly httpStatus?: number } & Partial<ErrorFacts>)
    | null;
  if (!data?.errorCode || !data.httpStatus) return undefined;
  const { errorCode, httpStatus, copies, orderId, issues } = data;
  return {
    message: error.message,
    errorCode,
    status: httpStatus,
    ...(copies && { copies }),
    ...(orderId && { orderId }),
    ...(issues && { issues }),
  };
}

/** Whether the shop has refused for good: asked the same again, it would say the same. A 5xx or silence says nothing. */
export const isRefused = (error: unknown): boolean => {
  const status = refusalOf(error)?.status;
  return status !== undefined && status >= 400 && status < 500 && !FOR_NOW.includes(status);
};

/** Arrived too slowly, or one too many: the same may be sent again. */
const FOR_NOW: readonly number[] = [408, 429];
