import { CheckoutError } from '@once/checkout';
import type { Env } from '#env.ts';
import { EXCHANGE_HEADER, type RunView } from '#lab/run.ts';

/**
 * Asks the laboratory, a process beside this one: this one starts nothing.
 *
 * @param body with one, it is a POST
 * @throws {CheckoutError} `NOT_FOUND`: there is none, or no such run. `UNAVAILABLE`: it does not answer, or is full
 */
export async function askLab({ labUrl }: Pick<Env, 'labUrl'>, path: string, body?: object): Promise<RunView> {
  if (!labUrl) throw new CheckoutError('NOT_FOUND', 'there is no laboratory here');
  let answer: Response;
  try {
    answer = await fetch(`${labUrl}${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw new CheckoutError('UNAVAILABLE', 'the laboratory does not answer', { cause });
  }
  if (answer.status === 404) throw new CheckoutError('NOT_FOUND', 'no such run');
  if (!answer.ok) throw new CheckoutError('UNAVAILABLE', `the laboratory says ${answer.status}`);
  return (await answer.json()) as RunView;
}

/** Hands a request of a lab page on to its sandbox. Where the sandbox breaks off, this is what a proxy says then. */
export async function passToSandbox(
  request: Request,
  { labUrl }: Pick<Env, 'labUrl'>,
  path: string,
): Promise<Response> {
  const noStore = { 'cache-control': 'no-store' };
  if (!labUrl) return new Response(null, { status: 404, headers: noStore });
  try {
    const body = request.method === 'POST' ? await request.text() : undefined;
    const answer = await fetch(`${labUrl}${path}${new URL(request.url).search}`, {
      method: request.method,
      headers: { [EXCHANGE_HEADER]: request.headers.get(EXCHANGE_HEADER) ?? '' },
      ...(body !== undefined && { body }),
      signal: request.signal,
    });
    const headers = { ...noStore, 'content-type': answer.headers.get('content-type') ?? 'application/json' };
    return new Response(await answer.text(), { status: answer.status, headers });
  } catch {
    return new Response('Bad gateway', { status: 502, headers: noStore });
  }
}
