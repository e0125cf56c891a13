// What can be asked of the control port, as JSON. Pages and their forms are beside it: they ask for the same.
import { z } from 'zod';
import { doWhatIsDue } from '../due.ts';
import { actionNamed, namedAction } from '../faults/actions.ts';
import type { FaultEngine } from '../faults/engine.ts';
import { matchSchema } from '../faults/match.ts';
import type { Provider } from '../pipeline.ts';
import { OVERLAP_MS } from '../webhooks/endpoints.ts';
import { closeDispute, disputeIntent, resolveAction, settleProcessing, settleRefund } from './changes.ts';
import { ControlError } from './error.ts';
import { accountName, read } from './input.ts';
import { holdDelivery, releaseAll, releaseDelivery, resendDelivery, rollSecret } from './webhooks.ts';

/** What an endpoint works on. */
export interface Control {
  readonly provider: Provider;
  readonly faults: FaultEngine;
}

export interface Asked {
  readonly status: number;
  readonly value: unknown;
}

/**
 * @param input what was given, unchecked: the query of a GET, the body of a POST
 * @returns undefined: there is nothing of that name
 * @throws {ControlError} 400, 404, 409, 429
 */
export async function ask(
  control: Control,
  method: string,
  pathname: string,
  input: () => unknown,
): Promise<Asked | undefined> {
  for (const each of ENDPOINTS) {
    const match = each.method === method ? each.pattern.exec(pathname) : null;
    if (!match) continue;
    const value = await each.answer(control, read(each.input, input()), match.groups?.['id'] ?? '');
    return { status: each.status, value };
  }
  return undefined;
}

interface Endpoint {
  readonly method: string;
  readonly pattern: RegExp;
  readonly status: number;
  readonly input: z.ZodType;
  answer(control: Control, input: unknown, id: string): unknown;
}

function endpoint<S extends z.ZodType>(
  name: `${'GET' | 'POST' | 'DELETE'} /${string}`,
  input: S,
  answer: (control: Control, input: z.output<S>, id: string) => unknown,
  status = 200,
): Endpoint {
  const [method = '', path = ''] = name.split(' ');
  const pattern = new RegExp(`^${path.replace(':id', '(?<id>\\w+)')}$`);
  return { method, pattern, status, input, answer: (control, given, id) => answer(control, given as z.output<S>, id) };
}

const nothing = z.unknown();
const orderOf = { account: accountName.optional(), order_id: z.string().optional() };
const deliveryState = z.enum(['pending', 'held', 'dropped', 'succeeded', 'failed', 'canceled']);
const limit = z.coerce.number().int().min(1).max(10_000).default(100);

const TEN_YEARS_HOURS = 87_600;
/** The clock only ever goes forward: keys that were pruned cannot come back. */
const advance = z.union([
  z.strictObject({
    ms: z
      .number()
      .int()
      .min(1)
      .max(TEN_YEARS_HOURS * 3_600_000),
    account: accountName.optional(),
  }),
  z.strictObject({ hours: z.number().positive().max(TEN_YEARS_HOURS), account: accountName.optional() }),
]);

/** An empty `match` is the next request of anybody. */
const rule = z
  .strictObject({
    match: matchSchema,
    action: namedAction,
    times: z.number().int().min(1).max(10_000).optional(),
    ttlMs: z.number().int().min(1).max(86_400_000).optional(),
  })
  .transform((given, context) => {
    const action = actionNamed(given.action.name);
    const isOfWebhooks = action?.phase === 'queue' || action?.phase === 'webhook';
    // A rule that can never match would look like a fault that nothing has come by yet.
    for (const name of isOfWebhooks ? (['method', 'path', 'key', 'confirms'] as const) : (['event'] as const)) {
      if (given.match[name] === undefined) continue;
      const message = isOfWebhooks ? 'A webhook has none to be matched by.' : 'Only webhooks have one.';
      context.addIssue({ code: 'custom', path: ['match', name], message });
    }
    return { ...given, times: given.times ?? action?.times ?? 1 };
  });

const settled = z.strictObject({ result: z.enum(['succeed', 'fail']) });

const ENDPOINTS: readonly Endpoint[] = [
  endpoint('GET /ledger', z.strictObject(orderOf), ({ provider }, { account, order_id: orderId }) =>
    provider.store.ledger.rows({ orderId, account }),
  ),
  endpoint('GET /journal', z.strictObject({ account: accountName.optional(), limit }), ({ provider }, filter) =>
    provider.store.journal.newest(filter),
  ),
  endpoint('POST /clock/advance', advance, ({ provider }, by) => advanceClock(provider, by)),

  endpoint('GET /faults', z.strictObject({ account: accountName.optional() }), ({ faults }, filter) =>
    faults.list(filter),
  ),
  endpoint('POST /faults', rule, ({ faults }, given) => faults.arm(given), 201),
  endpoint('DELETE /faults/:id', nothing, ({ faults }, _, id) => removeFault(faults, id)),
  endpoint('POST /faults/:id/remove', nothing, ({ faults }, _, id) => removeFault(faults, id)),

  endpoint(
    'POST /intents/:id/action',
    z.strictObject({ result: z.enum(['complete', 'fail']) }),
    ({ provider }, { result }, id) => resolveAction(provider, id, result),
  ),
  endpoint('POST /intents/:id/settle', settled, ({ provider }, { result }, id) =>
    settleProcessing(provider, id, result),
  ),
  endpoint('POST /intents/:id/dispute', nothing, ({ provider }, _, id) => disputeIntent(provider, id), 201),
  endpoint('POST /refunds/:id/settle', settled, ({ provider }, { result }, id) => settleRefund(provider, id, result)),
  endpoint(
    'POST /disputes/:id/close',
    z.strictObject({ result: z.enum(['won', 'lost']) }),
    ({ provider }, { result }, id) => closeDispute(provider, id, result),
  ),

  endpoint(
    'GET /deliveries',
    z.strictObject({ ...orderOf, state: deliveryState.optional(), limit }),
    ({ provider }, { order_id: orderId, ...filter }) => provider.store.deliveries.newest({ ...filter, orderId }),
  ),
  endpoint('POST /deliveries/release', z.strictObject(orderOf), ({ provider }, { account, order_id: orderId }) =>
    releaseAll(provider, { account, orderId }),
  ),
  endpoint('POST /deliveries/:id/hold', nothing, ({ provider }, _, id) => holdDelivery(provider, id)),
  endpoint('POST /deliveries/:id/release', nothing, ({ provider }, _, id) => releaseDelivery(provider, id)),
  endpoint('POST /deliveries/:id/resend', nothing, ({ provider }, _, id) => resendDelivery(provider, id)),
  endpoint(
    'POST /webhook_endpoints/:id/roll',
    z.strictObject({ overlapMs: z.number().int().min(0).max(OVERLAP_MS).default(OVERLAP_MS) }),
    ({ provider }, { overlapMs }, id) => rollSecret(provider, id, overlapMs),
  ),
];

function advanceClock(provider: Provider, by: z.output<typeof advance>): { advanced_ms: number; pruned_keys: number } {
  const { store } = provider;
  const ms = 'ms' in by ? by.ms : Math.round(by.hours * 3_600_000);
  const pruned = store.transaction(() => {
    store.clock.advance(ms, by.account);
    return store.keys.accounts().map((each) => store.keys.prune(each, store.clock.nowMs(each)));
  });
  // Whoever lets a day pass wants to see what it has brought, not wait for it.
  doWhatIsDue(provider);
  return { advanced_ms: ms, pruned_keys: pruned.reduce((sum, count) => sum + count, 0) };
}

function removeFault(faults: FaultEngine, id: string) {
  const fault = faults.remove(id);
  if (!fault) throw new ControlError(404, 'no_such_fault', `There is no fault ${id}.`);
  return fault;
}
