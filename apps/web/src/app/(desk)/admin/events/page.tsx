import type { Metadata, Route } from 'next';
import { EventRows } from '#admin/event-rows.tsx';
import { DeskHead, NextPage, Nothing, Pills } from '#admin/parts.tsx';
import { atDesk, first, hrefOf } from '#server/admin/desk.ts';
import { countEvents, EVENT_FILTERS, type EventFilter, listEvents } from '#server/admin/events.ts';

export const metadata: Metadata = { title: 'Provider events' };

const NONE: Readonly<Record<EventFilter, string>> = {
  parked: 'None: every event that the provider told us of is applied, or will be tried again.',
  waiting: 'None waits.',
  all: 'The provider has told us of nothing yet.',
};

export default async function Events({ searchParams }: PageProps<'/admin/events'>) {
  const { state, after } = await searchParams;
  const here = EVENT_FILTERS.find((known) => known === first(state)) ?? 'parked';
  const of = (more: { state?: string; after?: string | undefined }) =>
    hrefOf('/admin/events', { state: here, ...more }) as Route;
  const { shop } = await atDesk(of({ after: first(after) }));
  const counts = await countEvents(shop.db);
  const page = await listEvents(shop.db, here, first(after));
  const names: Readonly<Record<EventFilter, string>> = {
    parked: `Parked ${counts.parked.toLocaleString('en-GB')}`,
    waiting: `Waiting ${counts.waiting.toLocaleString('en-GB')}`,
    all: 'All, newest first',
  };
  return (
    <>
      <DeskHead title="Provider events" />
      <Pills
        label="Which events"
        pills={EVENT_FILTERS.map((known) => ({
          ...{ name: names[known], isHere: known === here },
          href: of({ state: known, after: undefined }),
        }))}
      />
      <div className="pt-4">
        {page.rows.length === 0 ? <Nothing>{NONE[here]}</Nothing> : <EventRows events={page.rows} />}
      </div>
      <NextPage href={page.next === undefined ? undefined : of({ after: page.next })} />
    </>
  );
}
