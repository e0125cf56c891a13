import type { Metadata, Route } from 'next';
import { AuditTable } from '#admin/audit-table.tsx';
import { DeskHead, NextPage, Nothing } from '#admin/parts.tsx';
import { listStaffActions } from '#server/admin/audit.ts';
import { atDesk, first, hrefOf } from '#server/admin/desk.ts';

export const metadata: Metadata = { title: 'Audit' };

export default async function Audit({ searchParams }: PageProps<'/admin/audit'>) {
  const after = first((await searchParams)['after']);
  const { shop } = await atDesk(hrefOf('/admin/audit', { after }));
  const page = await listStaffActions(shop.db, after);
  return (
    <>
      <DeskHead title="Audit">
        <p className="text-ink-2 text-small">What people did here, and why. Nobody can change it.</p>
      </DeskHead>
      {page.rows.length === 0 ? <Nothing>Nobody has moved anything yet.</Nothing> : <AuditTable entries={page.rows} />}
      <NextPage href={page.next === undefined ? undefined : (hrefOf('/admin/audit', { after: page.next }) as Route)} />
    </>
  );
}
