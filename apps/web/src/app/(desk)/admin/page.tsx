import type { Metadata } from 'next';
import { NeedsList } from '#admin/needs-list.tsx';
import { TruthBanner } from '#admin/truth-banner.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { countNeeds } from '#server/admin/needs.ts';
import { readTruth } from '#server/admin/truth.ts';

export const metadata: Metadata = { title: 'Overview' };

const FRESH_MS = 15_000;

export default async function Overview() {
  const { shop } = await atDesk('/admin');
  return (
    <>
      <TruthBanner truth={await readTruth(shop.db)} />
      <NeedsList needs={await countNeeds(shop.db)} />
      <Fresh everyMs={FRESH_MS} />
    </>
  );
}
