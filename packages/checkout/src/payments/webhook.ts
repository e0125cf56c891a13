import { Stripe } from 'stripe';
import { WebhookRefusedError } from './errors.ts';

/** What an event says of itself. A hint: whoever applies it retrieves the object. */
export interface EventHint {
  readonly id: string;
  readonly kind: string;
  readonly objectId: string;
}

export interface SignedEvent {
  /** The body as it came: another spelling of the same JSON has another signature. */
  readonly body: Uint8Array;
  /** The header `Stripe-Signature`. */
  readonly signature: string | null;
}

/**
 * Reads an event whose signature is good under one of the secrets and at most five minutes old. Several secrets: while one
 * is being changed for another.
 *
 * @throws {WebhookRefusedError}
 */
export function readEvent({ body, signature }: SignedEvent, secrets: readonly string[]): EventHint {
  const event = verified(Buffer.from(body), signature ?? '', secrets);
  // An object may come without an id (some previews do): nothing could be retrieved of it.
  const object: object = event.data?.object ?? {};
  const objectId = 'id' in object ? object.id : undefined;
  if (typeof event.id !== 'string' || typeof event.type !== 'string' || typeof objectId !== 'string') {
    throw new WebhookRefusedError('not an event about an object');
  }
  return { id: event.id, kind: event.type, objectId };
}

function verified(body: Buffer, signature: string, secrets: readonly string[]): Stripe.Event {
  let refusal: unknown;
  for (const secret of secrets) {
    try {
      return Stripe.webhooks.constructEvent(body, signature, secret);
    } catch (error) {
      refusal = error;
    }
  }
  throw new WebhookRefusedError('the signature is not good, or too old', { cause: refusal });
}
