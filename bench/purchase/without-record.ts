import type { Shop } from '@once/checkout';
// @boundaries-ignore what the calls may use is known to the engine alone
import { engineOf } from '../../packages/idempotency/src/once.ts';
// @boundaries-ignore as above
import type { CallContext, Definition } from '../../packages/idempotency/src/workflow.ts';
import { BenchError } from '../errors.ts';

/**
 * The same shop with the same phases, calls and commits, and nothing that would let anybody repeat them: no key is
 * claimed, no recovery point kept, no outcome stored. The baseline of the purchase; for payments that succeed at once.
 */
export function shopWithoutRecord(shop: Shop): Shop {
  const { database, services, leaseMs } = engineOf(shop.once);
  const run = async ({ name, phases }: Definition, { input }: { readonly input: unknown }) => {
    let known: Readonly<Record<string, unknown>> = { input };
    let value: unknown;
    for (const phase of phases) {
      if (phase.kind === 'transaction') {
        value = await database.transaction(async (tx) => await phase.body(tx as never, known as never));
      } else {
        const key = `bench_${crypto.randomUUID()}`;
        const { signal } = new AbortController();
        const call: CallContext = {
          services,
          key,
          signal,
          timeoutMs: leaseMs,
          leftMs: () => leaseMs,
          fence: 1,
          waited: undefined,
        };
        value = await phase.send(call as never, known as never);
      }
      known = { ...known, [phase.name]: value };
    }
    if (value === undefined) throw new BenchError('WRONG_RESULT', `${name} has no phases`);
    return { status: 'succeeded', value, replayed: false };
  };
  return { ...shop, once: { ...shop.once, run: run as unknown as Shop['once']['run'] } };
}
