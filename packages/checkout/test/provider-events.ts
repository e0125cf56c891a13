import type Stripe from 'stripe';

/** What the provider has to tell of an order, oldest first. */
export async function eventsAbout(
  stripe: Stripe,
  orderId: string,
): Promise<{ id: string; kind: string; objectId: string }[]> {
  const { data } = await stripe.events.list({ limit: 100 });
  const hints = data.map(({ id, type, data: { object } }) => ({
    id,
    kind: type,
    objectId: 'id' in object ? object.id : '',
    object,
  }));
  return hints
    .filter(({ object }) => 'metadata' in object && object.metadata?.['order_id'] === orderId)
    .map(({ id, kind, objectId }) => ({ id, kind, objectId }))
    .reverse();
}
