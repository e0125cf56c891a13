// Between node:http, which Express and Fastify are built on, and Fetch.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { canonical } from './canonical.ts';
import { codeOf } from './database.ts';
import { IdempotencyError } from './errors.ts';

/**
 * A listener for `createServer` from a Fetch handler, which gets node's own request as its second argument.
 * @param onError hears what the handler threw; the answer is 500 by then, or was cut off.
 */
export function toNode(
  handler: (request: Request, req: IncomingMessage) => Promise<Response>,
  onError: (error: unknown) => void,
): (req: IncomingMessage, res: ServerResponse) => void {
  const answer = async (req: IncomingMessage, res: ServerResponse) =>
    await send(res, await handler(requestOf(req, res), req));
  return (req, res) => {
    answer(req, res).catch((error: unknown) => {
      if (!res.headersSent) res.writeHead(500);
      res.end();
      onError(error);
    });
  };
}

type Incoming = IncomingMessage & { readonly originalUrl?: string; readonly rawBody?: unknown };

/**
 * @param parsed what a body parser has made of the body, where one may have read it
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when something else has read it.
 */
export function requestOf(req: Incoming, res: ServerResponse, parsed?: unknown): Request {
  const headers = new Headers();
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? '';
    // Appended, so that a header which came twice is seen to have. HTTP/2 has names that are none.
    if (!name.startsWith(':')) headers.append(name, req.rawHeaders[at + 1] ?? '');
  }
  const method = req.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (parsedBody(req, parsed) ?? unread(req)) : null;
  const init = { method, headers, body, duplex: 'half', signal: goneSignal(res) } as const;
  return new Request(urlOf(req), init);
}

/** Sends a response with what middleware has already put on `res`. */
export async function send(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value);
  for (const cookie of response.headers.getSetCookie()) res.appendHeader('set-cookie', cookie);
  if (response.body === null || res.req.method === 'HEAD') {
    res.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as NodeStream), res).catch((error: unknown) => {
    // A caller who has gone is no error of the handler's.
    if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function urlOf({ originalUrl, url = '/', headers, socket }: Incoming): string {
  const target = originalUrl ?? url;
  // Joined as text: resolved against a base, `//a/b` would be another host.
  if (target.startsWith('/')) return originOf(headers.host, 'encrypted' in socket) + target;
  const { pathname, search } = new URL(URL.canParse(target) ? target : 'http://localhost/');
  return originOf(headers.host, 'encrypted' in socket) + pathname + search;
}

/** The host is the caller's own text, and may be anything. The fingerprint does not have it. */
function originOf(host: string | undefined, isEncrypted: boolean): string {
  const origin = `${isEncrypted ? 'https' : 'http'}://${host}`;
  return /^[\w.:[\]-]+$/.test(host ?? '') && URL.canParse(origin) ? origin : 'http://localhost';
}

function parsedBody(req: Incoming, parsed: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (!req.readableDidRead) return undefined;
  for (const whole of [req.rawBody, parsed]) {
    if (whole instanceof Uint8Array) return new Uint8Array(whole);
    if (typeof whole === 'string') return new TextEncoder().encode(whole);
  }
  // Its members in any order are the same request then; what the parser did not tell apart, the handler cannot either.
  const type = req.headers['content-type'] ?? '';
  const isData = /^[^;]*(\/|\+)(json|x-www-form-urlencoded)\s*(;|$)/i.test(type);
  if (isData && parsed !== undefined) return new TextEncoder().encode(canonical(parsed));
  const message = 'the body was read before: keep its bytes as req.rawBody, or parse it behind idempotent()';
  throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', message);
}

/** Not Readable.toWeb: cancelled, that cuts the connection off before a 413 has gone out. */
function unread(req: IncomingMessage): ReadableStream<Uint8Array> {
  let stop = () => {};
  return new ReadableStream({
    start(controller) {
      const data = (chunk: Buffer) => controller.enqueue(chunk);
      const end = () => controller.close();
      const gone = (error?: unknown) => {
        if (!req.complete) controller.error(error ?? new DOMException('the caller has gone', 'AbortError'));
      };
      req.on('data', data).once('end', end).once('error', gone).once('close', gone);
      stop = () => void req.off('data', data).off('end', end).resume();
    },
    cancel: () => stop(),
  });
}

function goneSignal(res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  return gone.signal;
}
