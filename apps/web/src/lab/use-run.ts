'use client';
import { useEffect, useRef, useState } from 'react';
import { api, isRefused, refusalOf } from '#trpc/client.ts';
import { BrowserLog } from './logged.ts';
import { play } from './play.ts';
import type { RunView } from './run.ts';
import type { ScenarioId } from './scenarios.ts';
import { pause } from './till.ts';

const SYNC_MS = 250;
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

export interface Bench {
  readonly run: RunView | undefined;
  readonly isBusy: boolean;
  /** What kept the last run from going on. */
  readonly trouble: string | undefined;
  readonly press: (scenario: ScenarioId) => Promise<void>;
  readonly clear: () => void;
}

/** One run at a time: begins it, plays the browser's part, and follows what the others write down. */
export function useRun(initial: RunView | undefined): Bench {
  const [run, setRun] = useState(initial);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const busy = useRef(false);
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true; // nobody asks any more: the laboratory takes the sandbox away
    };
  }, []);

  async function press(scenario: ScenarioId): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    setBusy(true);
    setTrouble(undefined);
    try {
      await follow(newRunId(), scenario, setRun, () => left.current);
    } catch (error) {
      setTrouble(
        refusalOf(error) ? 'The laboratory is full. Try again in a minute.' : 'The laboratory does not answer.',
      );
    }
    busy.current = false;
    setBusy(false);
  }

  return { run, isBusy, trouble, press, clear: () => setRun(undefined) };
}

async function follow(
  id: string,
  scenario: ScenarioId,
  show: (run: RunView) => void,
  isLeft: () => boolean,
): Promise<void> {
  const log = new BrowserLog();
  let view = await api.lab.start.mutate({ id, scenario });
  let playing: Promise<void> | undefined;
  let isDone = false;
  const confirmSeen = async () => {
    while ((view.shops?.once.confirmsSeen ?? 0) === 0 && isUnderWay(view) && !isLeft()) await pause(50);
  };
  while (isUnderWay(view) && !isLeft()) {
    show(view);
    if (view.state === 'ready') {
      playing ??= play(scenario, { run: id, log, confirmSeen })
        .catch(() => {})
        .finally(() => {
          isDone = true;
        });
    }
    await pause(SYNC_MS);
    const entries = log.take();
    view = await sync({ id, entries, done: isDone });
  }
  await playing;
  if (isLeft()) return;
  show(view);
  history.replaceState(null, '', `/lab/${id}`);
}

/** Sent again until it is heard: an entry that was dropped would be missing from the diagram. One that comes twice is known. */
async function sync(told: Parameters<typeof api.lab.sync.mutate>[0]): Promise<RunView> {
  for (let tries = 0; ; tries++) {
    try {
      return await api.lab.sync.mutate(told);
    } catch (error) {
      if (isRefused(error) || tries >= 5) throw error;
      await pause(SYNC_MS);
    }
  }
}

export const isUnderWay = ({ state }: RunView): boolean =>
  state === 'queued' || state === 'preparing' || state === 'ready';

const newRunId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => LETTERS[byte % LETTERS.length]).join('');
