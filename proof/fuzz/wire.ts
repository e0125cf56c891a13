import { request } from 'node:http';
import { connect } from 'node:net';

export interface Sent {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Heard {
  /** Undefined: the connection was closed without an answer. */
  readonly status: number | undefined;
  readonly text: string;
}

/** Longer than the shop takes for any answer. */
const GIVE_UP_MS = 20_000;

/** What Node's client refuses to put on the line is sent without that header: a real client could not send it either. */
export function send({ url, method = 'GET', headers = {}, body }: Sent): Promise<Heard> {
  const sendable = Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method,
      headers: {
        ...Object.fromEntries(sendable),
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      timeout: GIVE_UP_MS,
    });
    asked.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${GIVE_UP_MS} ms`)));
    asked.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve({ status: undefined, text: '' }) : reject(error),
    );
    asked.end(body);
  });
}

/** Any bytes, as they are. Resolves when the other side closes, or has had a moment to. */
export function sendBytes(port: number, bytes: Uint8Array, waitMs = 100): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.setTimeout(waitMs, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' && reject(error));
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
      resolve({ status: status === undefined ? undefined : Number(status), text });
    });
    socket.write(bytes);
  });
}
