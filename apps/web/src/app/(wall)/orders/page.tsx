import type { Metadata } from 'next';
import Link from 'next/link';
import { Fresh } from '#frame/fresh.tsx';
import { OrderItem } from '#order/order-item.tsx';
import { pageApi } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Orders' };

export default async function Orders() {
  const api = await pageApi();
  const orders = await api.orders.list();
  if (orders.length === 0) return <None />;
  return (
    <>
      <h1 className="pt-4 pb-6 text-head">Orders</h1>
      <ul className="lines max-w-224">
        {orders.map((order) => (
          <OrderItem key={order.id} order={order} />
        ))}
      </ul>
      <Fresh everyMs={15_000} />
    </>
  );
}

function None() {
  return (
    <div className="grid max-w-120 gap-4 py-16">
      <h1 className="text-head">No orders yet.</h1>
      <p className="text-ink-2">
        Orders that you place in this browser are listed here. For one that was placed elsewhere,{' '}
        <Link href="/sign-in">sign in</Link>, or open the link in the mail with its receipt.
      </p>
      <p>
        <Link className="btn" href="/">
          See all prints
        </Link>
      </p>
    </div>
  );
}
