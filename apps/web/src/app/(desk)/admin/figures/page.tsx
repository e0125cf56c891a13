import { readHistory, SPANS, type SpanName } from '@once/checkout/history';
import type { Metadata, Route } from 'next';
import { FiguresView } from '#admin/figures/figures-view.tsx';
import { DeskHead, Pills } from '#admin/parts.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { atDesk, first, hrefOf } from '#server/admin/desk.ts';

export const metadata: Metadata = { title: 'Figures' };

const NAMES: Readonly<Record<SpanName, string>> = { hour: 'Hour', day: 'Day', month: 'Month' };
const ORDER = Object.keys(SPANS) as SpanName[];
const FRESH_MS = 15_000;

export default async function Figures({ searchParams }: PageProps<'/admin/figures'>) {
  const { over } = await searchParams;
  const here = ORDER.find((known) => known === first(over)) ?? 'hour';
  const of = (span: SpanName) => hrefOf('/admin/figures', { over: span }) as Route;
  const { shop } = await atDesk(of(here));
  return (
    <>
      <DeskHead title="Figures" />
      <Pills
        label="Over which time"
        pills={ORDER.map((span) => ({ name: NAMES[span], href: of(span), isHere: span === here }))}
      />
      <FiguresView history={await readHistory(shop.db, here)} span={here} />
      <Fresh everyMs={FRESH_MS} />
    </>
  );
}
