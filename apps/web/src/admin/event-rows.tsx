import type { Route } from 'next';
import Link from 'next/link';
import { LocalTime } from '#frame/local-time.tsx';
import type { ListedEvent } from '#server/admin/events.ts';
import { RetryEvent } from './hand/hands.tsx';

/** What the provider has told us, and what became of it. */
export function EventRows({ events }: { events: readonly ListedEvent[] }) {
  return (
    <ul className="desk-rows">
      {events.map((event) => (
        <li key={event.id}>
          <div className="grid gap-1">
            <h2 className="font-medium">{event.kind}</h2>
            <p className="text-ink-2 text-small">
              <code>{event.id}</code>, about{' '}
              <Link href={`/admin/orders?q=${encodeURIComponent(event.objectId)}` as Route}>
                <code>{event.objectId}</code>
              </Link>
            </p>
            <p className="text-small">
              <Fate event={event} />
            </p>
            {event.lastError && <p className="text-care text-small">{event.lastError}</p>}
          </div>
          {event.parkedAt && !event.appliedAt && <RetryEvent eventId={event.id} />}
        </li>
      ))}
    </ul>
  );
}

function Fate({ event: { receivedAt, appliedAt, parkedAt, dueAt, tries } }: { event: ListedEvent }) {
  const times = `${tries} ${tries === 1 ? 'try' : 'tries'}`;
  return (
    <>
      Came <LocalTime at={receivedAt} as="moment" />.{' '}
      {appliedAt ? (
        <>
          Applied <LocalTime at={appliedAt} as="moment" />.
        </>
      ) : parkedAt ? (
        <>
          Parked <LocalTime at={parkedAt} as="moment" /> after {times}.
        </>
      ) : (
        <>
          {times}; next <LocalTime at={dueAt} as="moment" />.
        </>
      )}
    </>
  );
}
