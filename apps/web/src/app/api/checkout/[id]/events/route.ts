import { orNotFound, pageApi } from '#server/page-api.ts';
import { shutdown } from '#server/shutdown.ts';
import { statusStream } from '#server/status-stream.ts';

/** What is true of a checkout, told as it changes. Only to its owner: to anybody else it looks like none. */
export async function GET(request: Request, { params }: RouteContext<'/api/checkout/[id]/events'>): Promise<Response> {
  const { id: checkoutId } = await params;
  const api = await pageApi();
  const ask = () => api.checkout.status({ checkoutId });
  await orNotFound(ask());
  return statusStream(ask, AbortSignal.any([request.signal, shutdown()]));
}
