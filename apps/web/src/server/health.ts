import { sql } from 'drizzle-orm';
import { shutdown } from './shutdown.ts';
import { storefront } from './storefront.ts';

export type Readiness = { readonly status: 'ready' } | { readonly status: 'not_ready'; readonly why: string };

export async function readiness(): Promise<Readiness> {
  if (shutdown().aborted) return { status: 'not_ready', why: 'it is ending' };
  const { shop, log } = storefront();
  try {
    const [row] = await shop.db.execute<{ migrated: boolean }>(sql`
      select to_regclass('public.orders') is not null and to_regclass('idempotency.record') is not null as migrated`);
    return row?.migrated ? { status: 'ready' } : { status: 'not_ready', why: 'the database is not migrated' };
  } catch (error) {
    log.warn({ err: error }, 'not ready');
    return { status: 'not_ready', why: 'the database cannot be reached' };
  }
}

/** Says which process answers: with a port taken, it may be another one. */
export function healthHeaders(): HeadersInit {
  const { instance } = storefront().env;
  return { 'cache-control': 'no-store', ...(instance && { 'x-once-instance': instance }) };
}
