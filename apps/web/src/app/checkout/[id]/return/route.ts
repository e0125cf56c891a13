import { cartOfCheckout, checkoutStatus, recordIntent } from '@once/checkout';
import { inRequest } from '@once/checkout/under-way';
import { isId } from '#server/id.ts';
import { intentOfOrder } from '#server/intent.ts';
import { currentShopper } from '#server/request.ts';
import { storefront } from '#server/storefront.ts';

const ASK_MS = 8_000;

/**
 * Where the bank sends the shopper back to. What the address says of the outcome is a hint at most: the intent is
 * retrieved, its end recorded or its operation woken, and the order's page shows what is true.
 */
export async function GET(request: Request, { params }: RouteContext<'/checkout/[id]/return'>): Promise<Response> {
  const { id } = await params;
  return await inRequest(request, () => returned(id));
}

async function returned(id: string): Promise<Response> {
  const { shop, log, opening } = storefront();
  let page = `/orders/${encodeURIComponent(id)}`;
  try {
    if (isId(id)) {
      const cartId = await cartOfCheckout(shop.db, id, await currentShopper());
      const { hasOrder } = await checkoutStatus(shop, { checkoutId: id, cartId });
      if (hasOrder && (await opening.isOpen())) await record({ orderId: id, cartId });
      else page = `/checkout/${id}`;
    }
  } catch (error) {
    // The shopper is owed a page, not an error: the order's asks by itself, and shows "not found" to strangers.
    log.warn({ err: error }, 'return from the bank');
  }
  return new Response(null, { status: 303, headers: { location: page, 'cache-control': 'no-store' } });
}

async function record(theirs: { readonly orderId: string; readonly cartId: string }): Promise<void> {
  const { shop } = storefront();
  const intentId = await intentOfOrder(shop.db, theirs);
  if (intentId) await recordIntent(shop, intentId, { signal: AbortSignal.timeout(ASK_MS) });
}
