// A webhook endpoint as a shop has one: a real server, and Stripe's own check of the signature.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { eventually } from './provider.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: Stripe.Event;
  readonly atMs: number;
}

export interface TestEndpoint {
  readonly url: string;
  /** Oldest first. */
  readonly received: Received[];
  /** What it answers from now on; `hang`: nothing. */
  answer: number | 'hang' | ((event: Stripe.Event) => Promise<number>);
  /** Waits until so many have come, and gives them all. */
  has(count: number): Promise<Received[]>;
  types(): string[];
  close(): Promise<void>;
}

export async function startEndpoint(port = 0): Promise<TestEndpoint> {
  const received: Received[] = [];
  const server = createServer((request, response) => void take(request, response));
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const event = JSON.parse(body) as Stripe.Event;
    received.push({ headers: request.headers, body, event, atMs: Date.now() });
    await respond(endpoint, response, event);
  };
  const endpoint: TestEndpoint = {
    url: `http://127.0.0.1:${await listening(server, port)}/hook`,
    received,
    answer: 200,
    has: (count) => eventually(async () => (received.length >= count ? received : undefined)),
    types: () => received.map(({ event }) => event.type),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return endpoint;
}

/** The event, if the signature is good for `secret`. @throws {Stripe.errors.StripeSignatureVerificationError} */
export function verified({ body, headers }: Received, secret: string, toleranceSeconds?: number): Stripe.Event {
  return Stripe.webhooks.constructEvent(body, headers['stripe-signature'] ?? '', secret, toleranceSeconds);
}

async function respond(endpoint: TestEndpoint, response: ServerResponse, event: Stripe.Event): Promise<void> {
  const { answer } = endpoint;
  if (answer === 'hang') return;
  response.writeHead(typeof answer === 'number' ? answer : await answer(event)).end();
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
