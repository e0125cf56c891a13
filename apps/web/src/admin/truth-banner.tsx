import Link from 'next/link';
import { money } from '#copy/money.ts';
import { Dot } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import type { Mismatch, Truth } from '#server/admin/truth.ts';

const many = (count: number, one: string, several = `${one}s`) =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? one : several}`;

/** The sentence that must stay true; loud where it is not. */
export function TruthBanner({ truth }: { truth: Truth }) {
  const { holds, paidOrders, charges, compared, readAt } = truth;
  return (
    <div className={`truth ${holds ? '' : 'untrue'}`} role={holds ? undefined : 'alert'}>
      <div>
        {holds ? (
          <Dot kind="sold" size="l" />
        ) : (
          <b className="text-head" aria-hidden="true">
            !
          </b>
        )}
        <h1 className="text-head">
          {!holds && 'Not as it must be: '}
          {many(paidOrders, 'order')} paid, {many(charges, 'charge')}
        </h1>
      </div>
      {holds ? (
        <p className="text-ink-2 text-small">Every order that was paid has exactly one charge of its amount.</p>
      ) : (
        <WhatIsWrong truth={truth} />
      )}
      <p className="text-ink-2 text-small">
        Read at <LocalTime at={readAt} as="second" />.{' '}
        {compared
          ? `Last compared with the provider: ${compared.day}, ${many(compared.moves, 'movement')}.`
          : 'Not compared with the provider yet: that happens an hour after midnight (UTC).'}
      </p>
    </div>
  );
}

function WhatIsWrong({ truth: { mismatches, differences } }: { truth: Truth }) {
  return (
    <div className="grid gap-2">
      {mismatches.length > 0 && (
        <>
          <p className="font-medium">
            The sentence is not true: {mismatches.length < 20 ? '' : 'at least '}
            {many(mismatches.length, 'order')} and {mismatches.length === 1 ? 'its' : 'their'} charges do not agree.
          </p>
          <ul className="grid gap-1 text-small">
            {mismatches.map((mismatch) => (
              <li key={mismatch.orderId}>
                <Link href={`/admin/orders/${mismatch.orderId}`}>{mismatch.orderNumber}</Link>: {saysOf(mismatch)}
              </li>
            ))}
          </ul>
        </>
      )}
      {differences > 0 && (
        <p className="font-medium">
          <Link href="/admin/differences">{many(differences, 'difference')} between ledger and provider</Link>{' '}
          {differences === 1 ? 'is' : 'are'} open.
        </p>
      )}
    </div>
  );
}

function saysOf({ charges, chargedMinor, paidMinor }: Mismatch): string {
  const charged = charges === 0 ? 'no charge' : `${many(charges, 'charge')}, ${money(chargedMinor)}`;
  return paidMinor === null ? `not paid, and ${charged}` : `paid ${money(paidMinor)}, and ${charged}`;
}
