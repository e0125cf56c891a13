import type { Metadata } from 'next';
import { DaysTable, DifferenceRows } from '#admin/difference-rows.tsx';
import { DeskHead, DeskSection, Nothing } from '#admin/parts.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { readDifferences } from '#server/admin/differences.ts';

export const metadata: Metadata = { title: 'Differences' };

export default async function Differences() {
  const { shop } = await atDesk('/admin/differences');
  const { open, settled, days } = await readDifferences(shop.db);
  return (
    <>
      <DeskHead title="Ledger and provider" />
      <div className="stack gap-10">
        <DeskSection title="Open differences" count={open.length}>
          {open.length === 0 ? (
            <Nothing>None: what was compared agrees.</Nothing>
          ) : (
            <DifferenceRows differences={open} />
          )}
        </DeskSection>
        <DeskSection title="Days compared">
          {days.length === 0 ? (
            <Nothing>None yet. Each day is compared an hour after it has ended (UTC).</Nothing>
          ) : (
            <DaysTable days={days} />
          )}
        </DeskSection>
        {settled.length > 0 && (
          <DeskSection title="Settled">
            <DifferenceRows differences={settled} />
          </DeskSection>
        )}
      </div>
    </>
  );
}
