import type { OrderView, Status } from '@once/checkout';
import { SHIPPING_WORDS } from '#checkout/shipping-choice.tsx';
import { factsOf } from '#copy/answer-copy.ts';
import { wordsFor } from '#copy/words.ts';
import { Dot } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import { ByLink } from './by-link.tsx';
import { KeptTrue } from './kept-true.tsx';
import { VerdictTitle } from './verdict-title.tsx';

interface PaidHeadProps {
  readonly order: OrderView;
  readonly status: Status;
  readonly readOnly: boolean;
}

export function PaidHead({ order, status, readOnly }: PaidHeadProps) {
  const how = status.answer === 'paid' && status.how === 'recovered' ? 'recovered' : 'succeeded';
  const { tier, title, body } = wordsFor(how, factsOf(status, undefined));
  const [line] = order.lines;
  const subject = order.lines.length === 1 && line ? `${line.title} by ${line.studio}` : 'Your prints';
  const verb = order.lines.length === 1 ? 'is' : 'are';
  return (
    <div className="grid content-start gap-3 pt-[clamp(0.5rem,3vw,2rem)]">
      <p className="tag">
        <Dot kind="sold" />
        <span>
          Charged once
          {order.paidAt && (
            <>
              {' '}
              on <LocalTime at={order.paidAt} as="day" />
            </>
          )}
        </span>
      </p>
      <VerdictTitle title={title} tier={tier} display />
      <output className="block max-w-136 text-ink-2 text-lead">
        {body} {subject} {verb} being packed. {SHIPPING_WORDS[order.shippingMethod].says}
      </output>
      {readOnly ? <ByLink /> : <KeptTrue open={false} />}
    </div>
  );
}
