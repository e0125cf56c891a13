import { useState } from 'react';
import { pictureOf } from './picture.ts';
import { pngOf } from './png.ts';
import type { RunView } from './run.ts';
import type { Playback, Speed } from './use-playback.ts';

/** Step by step, slower, and out of here: the address, the data, the picture. */
export function Controls({ run, playback }: { run: RunView; playback: Playback }) {
  const { step, steps, isPlaying, speed, go, toggle, setSpeed } = playback;
  const [copied, setCopied] = useState(false);
  const [trouble, setTrouble] = useState('');
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  const savePicture = async () => {
    setTrouble('');
    try {
      save(run, 'png', await pngOf(pictureOf(run)));
    } catch {
      // A browser may refuse a canvas of this size, or reading one at all.
      setTrouble('This browser could not draw it. The data has everything.');
    }
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
          onClick={() => save(run, 'json', new Blob([JSON.stringify(run, null, 2)], { type: 'application/json' }))}
        >
          Save as JSON
        </button>
        <button type="button" className="link text-small" onClick={() => void savePicture()}>
          Save as picture
        </button>
        <output className="text-ink-2 text-small">{trouble}</output>
      </fieldset>
    </div>
  );
}

function save(run: RunView, kind: 'json' | 'png', file: Blob): void {
  const url = URL.createObjectURL(file);
  const anchor = Object.assign(document.createElement('a'), {
    href: url,
    download: `once-${run.scenario}-${run.id}.${kind}`,
  });
  anchor.click();
  URL.revokeObjectURL(url);
}
