import type { Metadata, Route } from 'next';
import { OperationsTable } from '#admin/operations-table.tsx';
import { DeskHead, NextPage, Nothing, Pills } from '#admin/parts.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { atDesk, first, hrefOf } from '#server/admin/desk.ts';
import { countOperations, listOperations, OPEN_STATES, type OpenState } from '#server/admin/operations.ts';

export const metadata: Metadata = { title: 'Operations' };

const NAMES: Readonly<Record<OpenState, string>> = {
  needs_review: 'Needs review',
  in_flight: 'In flight',
  waiting: 'Waiting',
};
const NONE: Readonly<Record<OpenState, string>> = {
  needs_review: 'None is parked: machines go on with all of them.',
  in_flight: 'Nobody is at work just now.',
  waiting: 'None waits.',
};
const FRESH_MS = 5_000;

export default async function Operations({ searchParams }: PageProps<'/admin/operations'>) {
  const { state, after } = await searchParams;
  const here = OPEN_STATES.find((known) => known === first(state)) ?? 'needs_review';
  const of = (more: { state?: string; after?: string | undefined }) =>
    hrefOf('/admin/operations', { state: here, ...more }) as Route;
  const { shop } = await atDesk(of({ after: first(after) }));
  const counts = await countOperations(shop.db);
  const page = await listOperations(shop.db, here, first(after));
  return (
    <>
      <DeskHead title="Operations" />
      <Pills
        label="Which operations"
        pills={OPEN_STATES.map((known) => ({
          ...{ name: `${NAMES[known]} ${counts[known].toLocaleString('en-GB')}`, isHere: known === here },
          href: of({ state: known, after: undefined }),
        }))}
      />
      <div className="pt-4">
        {page.rows.length === 0 ? <Nothing>{NONE[here]}</Nothing> : <OperationsTable operations={page.rows} />}
      </div>
      <NextPage href={page.next === undefined ? undefined : of({ after: page.next })} />
      <Fresh everyMs={FRESH_MS} />
    </>
  );
}
