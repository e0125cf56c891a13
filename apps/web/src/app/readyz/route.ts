import { healthHeaders, readiness } from '#server/health.ts';

export const dynamic = 'force-dynamic';

/** Whether requests may be sent here: the database answers, and has what this version needs. */
export async function GET(): Promise<Response> {
  const state = await readiness();
  return Response.json(state, { status: state.status === 'ready' ? 200 : 503, headers: healthHeaders() });
}
