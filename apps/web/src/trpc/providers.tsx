'use client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { type ReactNode, useState } from 'react';
import type { AppRouter } from '#server/api/router.ts';
import { api } from './client.ts';

const context = createTRPCContext<AppRouter>();
export const useTRPC = context.useTRPC;

/** The query cache of one page. Not one per process: on the server the next shopper would find this one's cart in it. */
export function Providers({ children }: { children: ReactNode }) {
  const [queryClient] = useState(() => new QueryClient());
  return (
    <QueryClientProvider client={queryClient}>
      <context.TRPCProvider trpcClient={api} queryClient={queryClient}>
        {children}
      </context.TRPCProvider>
    </QueryClientProvider>
  );
}
