import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as send } from 'node:http';

/** Where a sandboxed shop is reached by one of its guests, whose cookie is kept here: the browser's own is the real shop's. */
export interface Door {
  readonly port: number;
  cookie: string;
}

/** Hands a request on. A shop that dies under it breaks this connection too, as it would have broken the browser's. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
  { path, body }: { path: string; body: string },
): Promise<void> {
  await new Promise<void>((resolve) => {
    const broken = () => {
      response.destroy();
      resolve();
    };
    const onward = send(
      {
        ...{ host: '127.0.0.1', port: door.port, method: request.method, path },
        headers: {
          ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...(door.cookie && { cookie: door.cookie }),
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', broken);
        answer.once('end', () => {
          door.cookie = answer.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? door.cookie;
          response.writeHead(answer.statusCode ?? 502, {
            'content-type': answer.headers['content-type'] ?? 'application/json',
            'cache-control': 'no-store',
          });
          response.end(Buffer.concat(chunks));
          resolve();
        });
      },
    );
    onward.once('error', broken);
    onward.end(body || undefined);
  });
}
