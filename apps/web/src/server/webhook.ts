import { applyEvent, keepEvent } from '@once/checkout';
import { readEvent } from '@once/checkout/webhook';
import { readBody } from './api/request-rules.ts';
import { networkOf } from './door/client-address.ts';
import { RateLimitedError } from './door/rate-limits.ts';
import type { Storefront } from './storefront.ts';

/** An event carries its object, which may be large; none comes near it. */
export const MAX_EVENT_BYTES = 512 * 1024;

/** How long this process tries to apply an event at once. The worker has whatever is left. */
const APPLY_MS = 20_000;

/**
 * Takes an event of the provider: stored first, answered for only then, and applied after the answer. Whatever the sender
 * cannot put right (a signature, a body) is its mistake; whatever we cannot do now is ours, and it sends again.
 *
 * @param later runs when the answer has left
 */
export async function takeEvent(
  request: Request,
  { env, shop, log, rates, opening }: Storefront,
  later: (work: () => Promise<void>) => void,
): Promise<Response> {
  if (env.webhookSecrets.length === 0) return answer(503, 'no STRIPE_WEBHOOK_SECRET is set');
  // Its sender is not known before its signature is read, so wrong ones count by the network that they come from.
  const who = { principal: null, network: networkOf(request.headers, env.trustedProxies) };
  try {
    await rates.refuse('badEvent', who);
  } catch (error) {
    return tooMany(error);
  }
  const read = await readBody(request, { maxBytes: MAX_EVENT_BYTES });
  if ('refused' in read) return answer(read.refused.status, read.refused.message);
  let event: ReturnType<typeof readEvent>;
  try {
    event = readEvent({ body: read.body, signature: request.headers.get('stripe-signature') }, env.webhookSecrets);
  } catch (error) {
    log.warn({ err: error }, 'event refused');
    return await rates.count('badEvent', who).then(() => answer(400, 'not signed as it should be'), tooMany);
  }
  try {
    if (!(await opening.isOpen())) return answer(503, 'not open yet: send it again');
    if (!(await keepEvent(shop.db, event))) return answer(200, 'known');
  } catch (error) {
    log.error({ err: error, event_id: event.id }, 'event not kept');
    return answer(503, 'try again');
  }
  later(async () => {
    try {
      await applyEvent(shop, event.id, { signal: AbortSignal.timeout(APPLY_MS) });
    } catch (error) {
      log.warn({ err: error, event_id: event.id }, 'event left to the worker');
    }
  });
  return answer(200, 'kept');
}

const answer = (status: number, message: string, headers: Record<string, string> = {}): Response =>
  Response.json({ message }, { status, headers: { 'cache-control': 'no-store', ...headers } });

function tooMany(error: unknown): Response {
  if (!(error instanceof RateLimitedError)) return answer(503, 'try again');
  return answer(429, 'too many of them', { 'retry-after': String(Math.ceil(error.retryAfterMs / 1_000)) });
}
