import { answerMetrics } from '#server/metrics.ts';
import { storefront } from '#server/storefront.ts';

export const dynamic = 'force-dynamic';

/** What Prometheus reads of this process. */
export async function GET(request: Request): Promise<Response> {
  return await answerMetrics(request, storefront());
}
