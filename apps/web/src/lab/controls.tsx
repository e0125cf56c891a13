import { useState } from 'react';
import { pictureOf } from './picture.ts';
import type { RunView } from './run.ts';
import type { Playback, Speed } from './use-playback.ts';

/** Step by step, slower, and out of here: the address, the data, the picture. */
export function Controls({ run, playback }: { run: RunView; playback: Playback }) {
  const { step, steps, isPlaying, speed, go, toggle, setSpeed } = playback;
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  return (
    <div className="lab-controls">
      <fieldset aria-label="Replay">
        <button type="button" className="btn btn-line btn-s" onClick={() => go(step - 1)} disabled={step === 0}>
          Back
        </button>
        <button type="button" className="btn btn-s" onClick={toggle}>
          {isPlaying ? 'Stop' : 'Replay'}
        </button>
        <button type="button" className="btn btn-line btn-s" onClick={() => go(step + 1)} disabled={step >= steps}>
          Next
        </button>
        <label className="lab-range">
          <span className="sr">Step</span>
          <input type="range" min={0} max={steps} value={step} onChange={({ target }) => go(Number(target.value))} />
          <span className="text-small">
            {step} of {steps}
          </span>
        </label>
        <label className="text-small">
          Speed{' '}
          <select className="lab-speed" value={speed} onChange={({ target }) => setSpeed(target.value as Speed)}>
            <option value="normal">Normal</option>
            <option value="slow">Slow</option>
          </select>
        </label>
      </fieldset>
      <fieldset aria-label="Share">
        <button type="button" className="link text-small" onClick={() => void copy()}>
          {copied ? 'Address copied' : 'Copy address'}
        </button>
        <button
          type="button"
          className="link text-small"
          onClick={() => save(run, 'json', JSON.stringify(run, null, 2))}
        >
          Save as JSON
        </button>
        <button type="button" className="link text-small" onClick={() => save(run, 'svg', pictureOf(run))}>
          Save as picture
        </button>
      </fieldset>
    </div>
  );
}

const TYPES = { json: 'application/json', svg: 'image/svg+xml' } as const;

function save(run: RunView, kind: keyof typeof TYPES, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: TYPES[kind] }));
  const anchor = Object.assign(document.createElement('a'), {
    href: url,
    download: `once-${run.scenario}-${run.id}.${kind}`,
  });
  anchor.click();
  URL.revokeObjectURL(url);
}
