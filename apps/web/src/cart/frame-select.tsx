import { frameTitle } from '@once/checkout/framing';
import { useId } from 'react';
import { shortMoney } from '#copy/money.ts';
import type { Cart } from './use-cart.ts';

type Line = Cart['lines'][number];

interface FrameSelectProps {
  readonly line: Line;
  readonly currency: string;
  readonly onChange: (frame: Line['frame']) => void;
}

/** Another frame for a copy that lies in the cart, or none. */
export function FrameSelect({ line, currency, onChange }: FrameSelectProps) {
  const id = useId();
  if (line.frames.length === 0) return null;
  return (
    <p className="mt-2 mb-1">
      <label htmlFor={id} className="sr">
        Framing of {line.title}, No. {line.number}
      </label>
      <select
        id={id}
        className="input input-s"
        value={line.frame ?? ''}
        onChange={({ target }) => onChange(line.frames.find(({ frame }) => frame === target.value)?.frame ?? null)}
      >
        <option value="">No frame, rolled</option>
        {line.frames.map(({ frame, priceMinor }) => (
          <option key={frame} value={frame}>
            {frameTitle(frame)} + {shortMoney(priceMinor, currency)}
          </option>
        ))}
      </select>
    </p>
  );
}
