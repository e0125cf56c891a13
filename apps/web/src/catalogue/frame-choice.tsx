import { frameTitle } from '@once/checkout/framing';
import { Choice } from '#checkout/choice.tsx';
import { money, shortMoney } from '#copy/money.ts';
import type { PrintPage } from '#server/catalogue.ts';

/**
 * How the print is sent: rolled, or in a frame. Plain radio buttons that the server draws: what is chosen is read from them
 * when the print is put into the cart, and the style sheet shows it meanwhile, so that no script is loaded for it.
 */
export function FrameChoice({ print: { frames, currency } }: { print: PrintPage }) {
  if (frames.length === 0) return null;
  return (
    <fieldset>
      <legend className="legend mb-2.5">Framing</legend>
      <div className="choices">
        <Choice group="frame" value="" name="No frame" end="rolled in a tube" chosen />
        {frames.map(({ frame, priceMinor }) => (
          <Choice
            key={frame}
            group="frame"
            value={frame}
            name={frameTitle(frame)}
            end={`+ ${shortMoney(priceMinor, currency)}`}
            chosen={false}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** What the copy costs as it is chosen: of all its prices, the style sheet shows the one. */
export function PriceAsChosen({ print }: { print: PrintPage }) {
  return (
    <>
      <span className="as-chosen">{money(print.priceMinor, print.currency)}</span>
      {print.frames.map(({ frame, priceMinor }) => (
        <span key={frame} className={`as-chosen in-${frame}`}>
          {money(print.priceMinor + priceMinor, print.currency)}
        </span>
      ))}
    </>
  );
}
