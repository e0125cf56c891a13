// The shop's API in a process without Next: twice over the same pool, once as it is and once without the record. Speaks to
// whoever forked it, and does not outlive it.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
// @boundaries-ignore the storefront is what is measured
import { readEnv } from '../../apps/web/src/env.ts';
// @boundaries-ignore as above
import { handleApi } from '../../apps/web/src/server/api/handler.ts';
// @boundaries-ignore as above
import { createStorefront, type Storefront } from '../../apps/web/src/server/storefront.ts';
import { shopWithoutRecord } from './without-record.ts';

const storefront = createStorefront(readEnv(process.env));
const ports = {
  api: await serve(storefront),
  bare: await serve({ ...storefront, shop: shopWithoutRecord(storefront.shop) }),
};
process.once('disconnect', () => process.exit());
process.send?.(ports);

function serve(of: Storefront): Promise<number> {
  const server = createServer((incoming, response) => {
    void handleApi(requestOf(incoming), of).then(async (answer) => {
      response.writeHead(answer.status, [...answer.headers].flat());
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = method === 'POST' ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const } : {};
  return new Request(new URL(url, 'http://127.0.0.1'), { method, headers: headers as Record<string, string>, ...body });
}
