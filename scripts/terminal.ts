import type { AppsOptions } from './apps.ts';
import { explain, StackError } from './errors.ts';
import { readSettings } from './settings.ts';
import { type Stack, startStack } from './stack.ts';

/**
 * Runs the shop until Ctrl-C (or SIGTERM, or a closed terminal), with a line for each step and the address at last. Ends
 * this process: 0 when it was asked to stop, 1 with one line when something went wrong. Nothing is left running.
 */
export async function runInTerminal(mode: AppsOptions['mode']): Promise<never> {
  const begun = performance.now();
  const say = (line: string) =>
    console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${line}`);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1); // asked twice: no more waiting
      stopping.abort();
    });
  }
  let stack: Stack | undefined;
  try {
    const ended = Promise.withResolvers<void>();
    ended.promise.catch(() => {}); // an app may end before anybody waits for it
    stopping.signal.addEventListener('abort', () => ended.resolve(), { once: true });
    stack = await startStack({
      ...readSettings(process.env),
      mode,
      lab: true,
      signal: stopping.signal,
      onProgress: say,
      onDeath: ({ app, how, logFile }) => {
        const what = `${app} ended (${how}); why is at the end of ${logFile}`;
        // The shop can do without it.
        if (app === 'lab') say(what);
        else ended.reject(new StackError('PROCESS_ENDED', what));
      },
    });
    console.log(`\n${stack.webUrl}\n`);
    await ended.promise;
    say('Stopping');
    await stack.stop();
    say('Stopped');
    process.exit(0);
  } catch (error) {
    await stack?.stop();
    if (stopping.signal.aborted) process.exit(0);
    console.error(explain(error));
    process.exit(1);
  }
}
