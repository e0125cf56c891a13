import { LocalTime } from '#frame/local-time.tsx';
import type { listPromotions } from '#server/admin/promotions.ts';
import { EndPromotion } from './hand/hands.tsx';

export function PromotionRows({ promotions }: { promotions: Awaited<ReturnType<typeof listPromotions>> }) {
  return (
    <ul className="desk-rows">
      {promotions.map(({ code, percentOff, uses, usesLeft, endsAt, isRunning }) => (
        <li key={code}>
          <div className="grid gap-1">
            <h3 className="font-medium">
              <code>{code}</code>, {percentOff} % off
              {!isRunning && <span className="text-ink-3"> · {usesLeft === 0 ? 'used up' : 'ended'}</span>}
            </h3>
            <p className="text-ink-2 text-small">
              Used {uses.toLocaleString('en-GB')} {uses === 1 ? 'time' : 'times'}, {usesLeft.toLocaleString('en-GB')}{' '}
              left.
              {endsAt && (
                <>
                  {' '}
                  {isRunning ? 'Ends' : 'Ended'} <LocalTime at={endsAt} as="moment" />.
                </>
              )}
            </p>
          </div>
          {isRunning && <EndPromotion code={code} />}
        </li>
      ))}
    </ul>
  );
}
