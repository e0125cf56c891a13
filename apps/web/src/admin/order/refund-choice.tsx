'use client';
import { useId } from 'react';
import { money } from '#copy/money.ts';
import { leftOf, minorOf, type Refundable, type RefundFields } from './refund-amount.ts';

interface RefundChoiceProps {
  readonly fields: RefundFields;
  readonly refundable: Refundable;
  /** It was sent: what goes out again is the same. */
  readonly isFixed: boolean;
  readonly onType: (fields: Partial<RefundFields>) => void;
}

/** How much goes back, and which prints with it. */
export function RefundChoice({ fields, refundable, isFixed, onType }: RefundChoiceProps) {
  const { currency, prints } = refundable;
  const left = money(leftOf(refundable, fields), currency);
  const choices = [
    {
      choice: 'all',
      name: 'All that is left',
      says: 'Every certificate is void, every copy on sale again.',
      end: left,
    },
    ...(prints.length > 1
      ? [
          {
            choice: 'prints',
            name: 'Some prints',
            says: 'Their certificates are void, they are on sale again.',
          } as const,
        ]
      : []),
    { choice: 'amount', name: 'An amount', says: 'Nobody gives a print back.' },
  ] as const satisfies readonly { choice: RefundFields['choice']; name: string; says: string; end?: string }[];
  return (
    <fieldset className="grid gap-3" disabled={isFixed}>
      <legend className="legend pb-1">How much goes back</legend>
      <div className="choices">
        {choices.map(({ choice, name, says, ...more }) => (
          <label className="choice" key={choice}>
            <input
              type="radio"
              name="refund-choice"
              checked={fields.choice === choice}
              onChange={() => onType({ choice })}
            />
            <span>{name}</span>
            <small>{says}</small>
            {'end' in more && <span className="end">{more.end}</span>}
          </label>
        ))}
      </div>
      {fields.choice === 'prints' && <Prints fields={fields} refundable={refundable} onType={onType} />}
      {fields.choice === 'amount' && <Amount fields={fields} refundable={refundable} onType={onType} />}
    </fieldset>
  );
}

type PartProps = Omit<RefundChoiceProps, 'isFixed'>;

function Prints({ fields, refundable: { prints, currency }, onType }: PartProps) {
  return (
    <div className="choices">
      {prints.map(({ line, name, paidMinor }) => (
        <label className="choice" key={line}>
          <input
            type="checkbox"
            checked={fields.lines.includes(line)}
            onChange={({ target }) =>
              onType({
                lines: target.checked ? [...fields.lines, line] : fields.lines.filter((other) => other !== line),
              })
            }
          />
          <span>{name}</span>
          <span className="end">{money(paidMinor, currency)}</span>
        </label>
      ))}
    </div>
  );
}

function Amount({ fields, refundable, onType }: PartProps) {
  const id = useId();
  const leftMinor = leftOf(refundable, fields);
  const typed = minorOf(fields.amount);
  const isWrong = fields.amount !== '' && (typed === undefined || typed === 0 || typed > leftMinor);
  return (
    <div className="field">
      <label htmlFor={id}>Amount</label>
      <input
        className="input"
        id={id}
        inputMode="decimal"
        autoComplete="off"
        value={fields.amount}
        onChange={({ target }) => onType({ amount: target.value })}
        aria-invalid={isWrong ? true : undefined}
        aria-describedby={`${id}-hint`}
      />
      <p className={isWrong ? 'fault' : 'hint'} id={`${id}-hint`}>
        Up to {money(leftMinor, refundable.currency)}
        {isWrong && ', such as 12.50'}
      </p>
    </div>
  );
}
