import type { Env } from '#env.ts';

/**
 * Lets a test kill this very process at a named point of an operation: SIGKILL, so that nothing gets to tidy up. Only
 * beside the local provider: a shop that takes money cannot be told to die.
 */
export function crashPoint(env: Pick<Env, 'crashAt' | 'stripeApiBase'>): ((point: string) => void) | undefined {
  const { crashAt, stripeApiBase } = env;
  if (!crashAt || !stripeApiBase) return undefined;
  return (point) => {
    if (point === crashAt) process.kill(process.pid, 'SIGKILL');
  };
}
