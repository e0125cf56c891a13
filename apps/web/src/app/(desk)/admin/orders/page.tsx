import type { Metadata, Route } from 'next';
import { OrdersTable } from '#admin/orders-table.tsx';
import { DeskHead, NextPage, Nothing, Pills } from '#admin/parts.tsx';
import { atDesk, first, hrefOf } from '#server/admin/desk.ts';
import { listOrders, ORDER_FILTERS, type OrderFilter } from '#server/admin/orders.ts';

export const metadata: Metadata = { title: 'Orders' };

const NAMES: Readonly<Record<OrderFilter, string>> = {
  all: 'All',
  review: 'Needs review',
  unknown: 'Outcome unknown',
  open: 'Not paid yet',
  paid: 'Paid',
  refunded: 'Refunded',
  returned: 'Returned',
  cancelled: 'Cancelled',
  disputed: 'Disputed',
};

export default async function Orders({ searchParams }: PageProps<'/admin/orders'>) {
  const { state, q, after } = await searchParams;
  const filter = ORDER_FILTERS.find((known) => known === first(state)) ?? 'all';
  const search = first(q)?.trim() || undefined;
  const of = (more: { state?: string | undefined; after?: string | undefined }) =>
    hrefOf('/admin/orders', { q: search, state: filter, ...more }) as Route;
  const { shop } = await atDesk(of({ after: first(after) }));
  const page = await listOrders(shop.db, { filter, search, after: first(after) });
  return (
    <>
      <DeskHead title="Orders" />
      <search>
        <form className="flex flex-wrap gap-2 pb-3" action="/admin/orders">
          <input
            className="input min-w-0 flex-1"
            type="search"
            name="q"
            defaultValue={search}
            aria-label="Find an order"
            placeholder="Order number, email, pi_…, id"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={300}
          />
          {filter !== 'all' && <input type="hidden" name="state" value={filter} />}
          <button type="submit" className="btn btn-line">
            Find
          </button>
        </form>
      </search>
      <Pills
        label="Which orders"
        pills={ORDER_FILTERS.map((known) => ({
          ...{ name: NAMES[known], isHere: known === filter },
          href: of({ state: known === 'all' ? undefined : known }),
        }))}
      />
      <div className="pt-4">
        {page === undefined ? (
          <Nothing>
            “{search}” is no order number (7Q2K-9MZD), no email, and no id of an order, checkout, intent, charge or
            refund.
          </Nothing>
        ) : page.rows.length === 0 ? (
          <Nothing>No order is like that.</Nothing>
        ) : (
          <OrdersTable orders={page.rows} />
        )}
      </div>
      <NextPage href={page?.next === undefined ? undefined : of({ after: page.next })} />
    </>
  );
}
