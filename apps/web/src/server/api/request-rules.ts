import { holdsCardNumber } from '#server/door/card-number.ts';
import { jsonDepth } from '#server/door/json-depth.ts';
import type { ErrorCode } from './refusals.ts';

/** No request of ours comes near it. */
export const MAX_BODY_BYTES = 64 * 1024;

/** An address has two levels, and what carries it three more. */
export const MAX_DEPTH = 10;

/** How long a body may take to arrive: whoever sends it byte by byte is not waited for. */
export const MAX_BODY_MS = 10_000;

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

/** What is refused before it is parsed. @param text a body, or the input in an address */
export function refuseText(text: string): Refused | undefined {
  if (jsonDepth(text) > MAX_DEPTH) return refused(400, 'REQUEST_INVALID', `at most ${MAX_DEPTH} levels deep`);
  if (holdsCardNumber(text)) return refused(400, 'CARD_NUMBER', 'card numbers belong in the card form');
  return undefined;
}

/** The body, or why it was refused. Counted as it arrives: a chunked body announces no length. */
export async function readBody(
  request: Request,
  { maxBytes = MAX_BODY_BYTES, withinMs = MAX_BODY_MS } = {},
): Promise<{ body: Uint8Array<ArrayBuffer> } | { refused: Refused }> {
  const tooLarge = { refused: refused(413, 'BODY_TOO_LARGE', `at most ${maxBytes} bytes`) };
  if (Number(request.headers.get('content-length')) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), withinMs);
  try {
    while (reader) {
      const read = await Promise.race([reader.read(), late.promise]);
      if (read === 'late') return { refused: refused(408, 'REQUEST_INVALID', 'the body took too long') };
      if (read.done) break;
      size += read.value.byteLength;
      if (size > maxBytes) return tooLarge;
      chunks.push(read.value);
    }
  } finally {
    clearTimeout(timer);
    // The rest is not read.
    void reader?.cancel().catch(() => {});
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
