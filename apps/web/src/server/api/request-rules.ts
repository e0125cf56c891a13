import type { ErrorCode } from './refusals.ts';

/** No request of ours comes near it. */
export const MAX_BODY_BYTES = 64 * 1024;

export interface Refused {
  readonly status: number;
  readonly errorCode: ErrorCode;
  readonly message: string;
}

/**
 * What is refused before anything is parsed: writes that another site's page sent with our guest's cookie, writes in a
 * batch (one answer for two payments cannot be sent again for one of them), and bodies that are not JSON.
 */
export function refuseRequest(request: Request, publicUrl: string): Refused | undefined {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (request.method !== 'POST') return refused(405, 'REQUEST_INVALID', 'GET or POST');
  if (!isOurs(request, publicUrl)) return refused(403, 'ORIGIN_FOREIGN', 'this request came from another site');
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return refused(415, 'REQUEST_INVALID', 'content-type must be application/json');
  if (new URL(request.url).searchParams.has('batch')) {
    return refused(400, 'REQUEST_INVALID', 'mutations are sent one by one');
  }
  return undefined;
}

/** The body, or why it was refused. Counted as it arrives: a chunked body announces no length. */
export async function readBody(
  request: Request,
  maxBytes = MAX_BODY_BYTES,
): Promise<{ body: Uint8Array<ArrayBuffer> } | { refused: Refused }> {
  const tooLarge = { refused: refused(413, 'BODY_TOO_LARGE', `at most ${maxBytes} bytes`) };
  if (Number(request.headers.get('content-length')) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream: the rest is not read.
    if (size > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return { body };
}

/** Browsers name the page that sends a POST; without any such header it was not a browser, and had no cookie to abuse. */
function isOurs(request: Request, publicUrl: string): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site === 'cross-site') return false;
  const origin = request.headers.get('origin');
  if (origin === null) return true;
  if (origin === new URL(publicUrl).origin) return true;
  // Opened under another of this machine's names (127.0.0.1 for localhost): cookies are per host, so it is still us.
  return URL.canParse(origin) && new URL(origin).host === request.headers.get('host');
}

const refused = (status: number, errorCode: ErrorCode, message: string): Refused => ({ status, errorCode, message });
