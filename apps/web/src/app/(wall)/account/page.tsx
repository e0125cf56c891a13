import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { Sessions } from '#account/sessions.tsx';
import { SignOut } from '#account/sign-out.tsx';
import { OrderItem } from '#order/order-item.tsx';
import { pageApi } from '#server/page-api.ts';
import { currentShopper, currentStaff } from '#server/request.ts';

export const metadata: Metadata = { title: 'Account' };

const FEW = 3;

export default async function Account() {
  const { session } = await currentShopper();
  if (session === null) redirect('/sign-in');
  const api = await pageApi();
  const [orders, sessions, staff] = [await api.orders.list(), await api.account.sessions(), await currentStaff()];
  return (
    <div className="grid max-w-224 gap-12 pb-8">
      <header className="grid gap-3 pt-4">
        <h1 className="text-head">Your account</h1>
        <p className="break-words text-ink-2">Signed in as {session.email}.</p>
        <p className="flex flex-wrap gap-3">
          <SignOut />
          {staff && (
            <Link className="btn btn-line" href="/admin">
              Admin
            </Link>
          )}
        </p>
      </header>
      <section>
        <h2 className="pb-2 text-title">Orders</h2>
        {orders.length === 0 ? (
          <p className="text-ink-2">None yet. What you buy while you are signed in is listed here, in every browser.</p>
        ) : (
          <ul className="lines">
            {orders.slice(0, FEW).map((order) => (
              <OrderItem key={order.id} order={order} />
            ))}
          </ul>
        )}
        {orders.length > FEW && (
          <p className="pt-4">
            <Link href="/orders">All {orders.length} orders</Link>
          </p>
        )}
      </section>
      <Sessions sessions={sessions} />
    </div>
  );
}
