import { healthHeaders } from '#server/health.ts';

export const dynamic = 'force-dynamic';

/** Whether this process is alive. Asks nobody else: a database that is away is no reason to restart us. */
export function GET(): Response {
  return Response.json({ status: 'ok' }, { headers: healthHeaders() });
}
