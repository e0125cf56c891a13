import { orderNumber } from '@once/checkout/key';
import Link from 'next/link';
import { operationWords, STATE_WORDS } from '#copy/desk-copy.ts';
import { Dot, type DotKind } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import type { readOperation } from '#server/admin/operations.ts';
import { MoveOperation } from './hand/hands.tsx';
import { DeskHead, DeskSection, Nothing } from './parts.tsx';

type Operation = NonNullable<Awaited<ReturnType<typeof readOperation>>>;

/** Red says that a payment is charged, and nothing else. Of other operations that are settled there is nothing to say by it. */
function dotOf({ operation, state }: Operation): DotKind | undefined {
  if (state === 'in_flight' || state === 'waiting' || state === 'needs_review') return 'ask';
  if (operation !== 'checkout.pay' || state === 'expired') return undefined;
  return state === 'succeeded' ? 'sold' : 'none';
}

const MEANS: Readonly<Record<Operation['state'], string>> = {
  in_flight: 'Somebody is at work on it, until its lease ends. Then the worker takes it over.',
  waiting: 'The other side has it, or did not answer. The worker tries again when its time comes.',
  needs_review: 'No machine goes on with it. Wake it, or resolve it by the provider’s word.',
  succeeded: 'Settled: every repetition gets the same answer.',
  rejected: 'Settled: it did not happen, and every repetition is told the same.',
  expired: 'Settled, and what it answered is no longer kept.',
};

/** A record of the idempotency library: where it stands, who has moved it by hand, and what may be done. */
export function OperationPage({ record }: { record: Operation }) {
  const { id, operation, state, operatorLog } = record;
  const dot = dotOf(record);
  return (
    <>
      <DeskHead title={operationWords(operation)}>
        <span className="tag">
          {dot && <Dot kind={dot} />}
          {STATE_WORDS[state]}
        </span>
      </DeskHead>
      <p className="max-w-136 text-ink-2">{MEANS[state]}</p>
      <div className="two pt-6">
        <div className="stack gap-10">
          <Facts record={record} />
          <DeskSection title="Moved by hand">
            {operatorLog.length === 0 ? (
              <Nothing>By nobody.</Nothing>
            ) : (
              <ul className="lines text-small">
                {operatorLog.map((entry) => (
                  <li key={entry.at.getTime()} className="py-2">
                    <b className="font-medium">{entry.verb}</b> out of {entry.from && STATE_WORDS[entry.from]}, by{' '}
                    {entry.by.replace('staff:', '')}, <LocalTime at={entry.at} as="moment" />
                    <span className="block text-ink-2">{entry.reason}</span>
                  </li>
                ))}
              </ul>
            )}
          </DeskSection>
        </div>
        <aside className="panel grid gap-4">
          <h2 className="font-medium text-lead">Move it</h2>
          {state === 'waiting' || state === 'needs_review' || state === 'in_flight' ? (
            <MoveOperation record={{ recordId: id, fence: record.fence, state }} operation={operation} />
          ) : (
            <Nothing>It is settled: nothing moves it any more.</Nothing>
          )}
        </aside>
      </div>
    </>
  );
}

function Facts({ record }: { record: Operation }) {
  const { id, operation, scope, key, state, fence, failedTries, recoveryPoint, advancedAt, createdAt, dueAt } = record;
  return (
    <dl className="facts">
      {operation.startsWith('checkout.') && (
        <>
          <dt>Order</dt>
          <dd>
            <Link href={`/admin/orders/${scope}`}>{orderNumber(scope)}</Link>
          </dd>
        </>
      )}
      <dt>Operation</dt>
      <dd className="mono">{operation}</dd>
      <dt>Scope</dt>
      <dd className="mono">{scope}</dd>
      <dt>Key</dt>
      <dd className="mono">{key}</dd>
      <dt>Last phase</dt>
      <dd>
        {recoveryPoint ?? 'none yet'}, <LocalTime at={advancedAt} as="moment" />
      </dd>
      <dt>Begun</dt>
      <dd>
        <LocalTime at={createdAt} as="moment" />
      </dd>
      <dt>{state === 'in_flight' ? 'Lease ends' : 'Next try'}</dt>
      <dd>{dueAt ? <LocalTime at={dueAt} as="moment" /> : 'never by itself'}</dd>
      <dt>Taken</dt>
      <dd>
        {fence} {fence === 1 ? 'time' : 'times'}, {failedTries} without progress
      </dd>
      <dt>Record</dt>
      <dd className="mono">{id}</dd>
    </dl>
  );
}
