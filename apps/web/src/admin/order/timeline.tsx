import type { TimelineEntry } from '@once/checkout';
import { actionWords } from '#copy/desk-copy.ts';
import { money } from '#copy/money.ts';
import { Dot, type DotKind } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';

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
            {DOTS[entry.action] ? <Dot kind={DOTS[entry.action] ?? 'none'} /> : <span className="pip" aria-hidden="true" />}
          </span>
          <p>
            <b>{actionWords(entry.action)}</b>
            {entry.attempt !== null && `, attempt ${entry.attempt + 1}`}. {entry.actor.replace('staff:', '')}
            <Detail detail={entry.detail} />
          </p>
        </li>
      ))}
    </ol>
  );
}

function Detail({ detail }: { detail: TimelineEntry['detail'] }) {
  const said = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== false);
  if (said.length === 0) return null;
  return (
    <span className="block text-ink-3">
      {said.map(([name, value]) => `${detailWords(name)} ${name.endsWith('Minor') ? money(Number(value)) : value}`).join(' · ')}
    </span>
  );
}

/** `amountMinor` is `amount` once it is written as money. */
const detailWords = (name: string): string =>
  name
    .replace(/Minor$/, '')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
