import type { TimelineEntry } from '@once/checkout';
import { actionWords } from '#copy/desk-copy.ts';
import { Dot, type DotKind } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import { detailOf } from '../detail.ts';

const DOTS: Readonly<Record<string, DotKind>> = {
  'order.paid': 'sold',
  'refund.succeeded': 'back',
  'order.refunded': 'back',
  'order.returned': 'back',
};

/** Every transition as it was committed: when by the database's clock, by whom, of which attempt. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <ol className="line desk-line">
      {entries.map((entry) => (
        // One commit may write several entries, so neither time nor action alone tells them apart.
        <li key={`${entry.at.getTime()} ${entry.action} ${entry.attempt}`}>
          <LocalTime at={entry.at} as="second" />
          <span className="pt">
            {DOTS[entry.action] ? (
              <Dot kind={DOTS[entry.action] ?? 'none'} />
            ) : (
              <span className="pip" aria-hidden="true" />
            )}
          </span>
          <p>
            <b>{actionWords(entry.action)}</b>
            {entry.attempt !== null && `, attempt ${entry.attempt + 1}`}. {entry.actor.replace('staff:', '')}
            <span className="block text-ink-3">{detailOf(entry.detail)}</span>
          </p>
        </li>
      ))}
    </ol>
  );
}
