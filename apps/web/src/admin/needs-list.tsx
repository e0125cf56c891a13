import type { Route } from 'next';
import Link from 'next/link';
import type { Needs } from '#server/admin/needs.ts';

const ROWS: readonly {
  readonly need: keyof Needs;
  readonly name: string;
  readonly says: string;
  readonly href: Route;
}[] = [
  { need: 'flagged', name: 'Orders to review', says: 'A person must look.', href: '/admin/orders?state=review' },
  {
    need: 'unknown',
    name: 'Outcome unknown',
    says: 'Sent more than five minutes ago, no answer known.',
    href: '/admin/orders?state=unknown',
  },
  { need: 'operations', name: 'Operations parked', says: 'No machine goes on.', href: '/admin/operations' },
  { need: 'differences', name: 'Differences', says: 'Ledger and provider disagree.', href: '/admin/differences' },
  { need: 'events', name: 'Events parked', says: 'Told by the provider, not applied.', href: '/admin/events' },
  { need: 'letters', name: 'Dead letters', says: 'Mails that could not be sent.', href: '/admin/mail' },
];

/** What waits for a person, each leading to its list. */
export function NeedsList({ needs }: { needs: Needs }) {
  const total = Object.values(needs).reduce((sum, count) => sum + count, 0);
  return (
    <section className="grid gap-3 pt-8">
      <h2 className="text-title">{total === 0 ? 'Nothing needs you' : 'What needs you'}</h2>
      <ul className="needs">
        {ROWS.map(({ need, name, says, href }) => (
          <li key={need}>
            <Link href={href} className={needs[need] > 0 ? 'need' : undefined}>
              <span className="count text-head!">{needs[need].toLocaleString('en-GB')}</span>
              <span>
                <b className="font-medium">{name}</b>
                <small>{says}</small>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
