import type { Metadata } from 'next';
import Link from 'next/link';
import { DeskHead } from '#admin/parts.tsx';
import { Table } from '#admin/table.tsx';
import { money } from '#copy/money.ts';
import { atDesk } from '#server/admin/desk.ts';
import { listEditions } from '#server/admin/editions.ts';

export const metadata: Metadata = { title: 'Editions' };

export default async function Editions() {
  const { shop } = await atDesk('/admin/editions');
  return (
    <>
      <DeskHead title="Editions" />
      <Table label="Editions" columns={['Print', '#Free', '#Held', '#Sold', '#Of', '#Price', 'Studio']}>
        {(await listEditions(shop.db)).map((edition) => (
          <tr key={edition.slug}>
            <td>
              <Link href={`/admin/editions/${edition.slug}`}>{edition.title}</Link>
            </td>
            <td className="num">{edition.available === 0 ? 'none' : edition.available}</td>
            <td className="num">{edition.held}</td>
            <td className="num">{edition.sold}</td>
            <td className="num">{edition.copies}</td>
            <td className="num">{money(edition.priceMinor, edition.currency)}</td>
            <td>{edition.studio}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
