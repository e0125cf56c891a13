// A sandboxed shop: the API and the webhook of apps/web as they are, in a process that may be killed.
import { createServer, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
// @boundaries-ignore the storefront is what is tried
import { readEnv } from '../apps/web/src/env.ts';
// @boundaries-ignore as above
import { createStorefront } from '../apps/web/src/server/storefront.ts';

const env = readEnv(process.env);
const storefront = createStorefront(env);
const later = (work: () => Promise<void>) => void setImmediate(() => void work());

createServer((incoming, response) => {
  if (incoming.url === '/healthz') {
    response.writeHead(200, { 'x-once-instance': env.instance ?? '' }).end();
    return;
  }
  const request = requestOf(incoming);
  const answered = incoming.url === '/webhook' ? storefront.takeEvent(request, later) : storefront.api(request);
  void answered.then(async (answer) => {
    response.writeHead(answer.status, [...answer.headers].flat());
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = method === 'POST' ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const } : {};
  return new Request(new URL(url, 'http://127.0.0.1'), { method, headers: headers as Record<string, string>, ...body });
}
