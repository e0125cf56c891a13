import type { ShopView } from './run.ts';
import { Sequence } from './sequence.tsx';

/** One shop: how often it charged, and how that came about. */
export function Half({
  title,
  shop,
  untilMs,
  isOver,
}: {
  title: string;
  shop: ShopView | undefined;
  untilMs: number;
  isOver: boolean;
}) {
  const events = shop?.events.filter(({ atMs }) => atMs <= untilMs) ?? [];
  const charges = isOver && untilMs === Number.POSITIVE_INFINITY ? (shop?.charges ?? 0) : countCharges(events);
  return (
    <section className="lab-half" aria-label={title}>
      <div className="lab-figures">
        <div>
          <h2 className="text-lead">{title}</h2>
          <p className="lab-count" data-charges={charges}>
            <span className="count">{charges}</span>
            {charges > 1 ? (
              <span className="lab-twice" aria-hidden="true">
                !
              </span>
            ) : (
              <span className={`dot dot-l ${charges === 1 ? 'dot-sold' : 'dot-none'}`} aria-hidden="true" />
            )}
            <span>{wordsOn(charges, isOver)}</span>
          </p>
        </div>
        {shop && (
          <dl className="facts">
            <dt>Pay pressed</dt>
            <dd>{countPresses(events)}</dd>
            <dt>{title === 'Once' ? 'Copies sold' : 'Prints shipped'}</dt>
            <dd>{shop.copiesSold}</dd>
          </dl>
        )}
      </div>
      <Sequence events={events} title={title} />
    </section>
  );
}

const countCharges = (events: ShopView['events']): number => events.filter(({ kind }) => kind === 'charge').length;

const countPresses = (events: ShopView['events']): number =>
  events.filter(({ source, text, kind }) => source.startsWith('browser:') && kind === 'message' && text.includes('Pay'))
    .length;

function wordsOn(charges: number, isOver: boolean): string {
  if (charges === 0) return isOver ? 'charges in the provider’s ledger' : 'charges';
  return charges === 1 ? 'charge in the provider’s ledger' : 'charges in the provider’s ledger';
}
