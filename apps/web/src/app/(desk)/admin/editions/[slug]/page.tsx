import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { DeskHead } from '#admin/parts.tsx';
import { Table } from '#admin/table.tsx';
import { money } from '#copy/money.ts';
import { Dot } from '#frame/dot.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { type CopyRow, readEdition } from '#server/admin/editions.ts';

export const metadata: Metadata = { title: 'Edition' };

export default async function Edition({ params }: PageProps<'/admin/editions/[slug]'>) {
  const { slug } = await params;
  const { shop } = await atDesk(`/admin/editions/${slug}`);
  const found = await readEdition(shop.db, slug);
  if (!found) notFound();
  const { edition, copies } = found;
  const count = (state: CopyRow['state']) => copies.filter((copy) => copy.state === state).length;
  return (
    <>
      <DeskHead title={edition.title}>
        <Link className="text-small" href={`/prints/${slug}`}>
          As shoppers see it
        </Link>
      </DeskHead>
      <p className="pb-4 text-ink-2">
        {count('available')} free, {count('held')} held, {count('sold')} sold, of {edition.copies}.{' '}
        {money(edition.priceMinor, edition.currency)} each.
      </p>
      <Table label="Copies" columns={['#No.', 'State', 'Order']}>
        {copies.map(({ number, state, order }) => (
          <tr key={number}>
            <td className="num w-16">{number}</td>
            <td>
              <span className="tag">
                {state === 'sold' && <Dot kind="sold" />}
                {state === 'available' ? 'free' : state}
              </span>
            </td>
            <td>{order ? <Link href={`/admin/orders/${order.id}`}>{order.number}</Link> : HELD_BY[state]}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

const HELD_BY: Readonly<Record<CopyRow['state'], string>> = {
  available: '',
  held: 'in a cart or at a checkout',
  sold: 'no order',
};
