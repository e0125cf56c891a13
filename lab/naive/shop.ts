// A shop as it is often written: it works whenever nothing goes wrong. Nobody made it fail on purpose. It has a check
// against paying twice, it takes webhooks, it answers an error with an error; what it has not is a memory of what was
// asked of it before. It runs only in a sandbox, beside ours, on the same Postgres and the same provider.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import postgres from 'postgres';
import { Stripe } from 'stripe';
import { z } from 'zod';

const env = z
  .object({
    PORT: z.coerce.number(),
    DATABASE_URL: z.string(),
    STRIPE_SECRET_KEY: z.string(),
    STRIPE_API_BASE: z.url(),
    ONCE_INSTANCE: z.string(),
  })
  .parse(process.env);
const sql = postgres(env.DATABASE_URL, { max: 4, onnotice: () => {} });
const provider = new URL(env.STRIPE_API_BASE);
const stripe = new Stripe(env.STRIPE_SECRET_KEY, {
  ...{ host: provider.hostname, port: provider.port, protocol: 'http' },
  maxNetworkRetries: 0,
  timeout: 3_000,
  telemetry: false,
});

const Pay = z.strictObject({ cartId: z.string(), totalMinor: z.number() });
const Event = z.object({
  type: z.string(),
  data: z.object({ object: z.object({ status: z.string(), metadata: z.object({ order_id: z.string() }) }) }),
});

createServer((request, response) => {
  void route(request, response).catch((error: unknown) => {
    console.error(String(error));
    json(response, 500, { error: 'The payment failed. Try again.' });
  });
}).listen(env.PORT, '127.0.0.1');

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://naive.invalid');
  if (url.pathname === '/healthz') {
    response.setHeader('x-once-instance', env.ONCE_INSTANCE);
    return json(response, 200, {});
  }
  if (url.pathname === '/order') return json(response, 200, { paid: await isPaid(url.searchParams.get('cart') ?? '') });
  const body: unknown = JSON.parse(await bodyOf(request));
  if (url.pathname === '/webhook') return json(response, 200, await takeEvent(Event.parse(body)));
  if (url.pathname === '/pay') return json(response, 200, await pay(Pay.parse(body)));
  json(response, 404, {});
}

async function pay({ cartId, totalMinor }: z.infer<typeof Pay>): Promise<{ paid: boolean }> {
  if (await isPaid(cartId)) return { paid: true };
  // The SDK makes a key of its own for this call; the next press of Pay is another call.
  const intent = await stripe.paymentIntents.create({
    ...{ amount: totalMinor, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    metadata: { order_id: cartId },
  });
  await store(cartId, intent.status);
  return { paid: intent.status === 'succeeded' };
}

/** Whatever an event says is taken for how things stand. */
async function takeEvent({ type, data: { object } }: z.infer<typeof Event>): Promise<{ received: true }> {
  await store(object.metadata.order_id, object.status);
  if (type === 'payment_intent.succeeded') {
    await sql`insert into naive.shipments (cart_id) values (${object.metadata.order_id})`;
  }
  return { received: true };
}

async function store(cartId: string, intentStatus: string): Promise<void> {
  const status = intentStatus === 'succeeded' ? 'paid' : 'awaiting payment';
  await sql`
    insert into naive.orders (cart_id, status) values (${cartId}, ${status})
    on conflict (cart_id) do update set status = excluded.status, changed_at = statement_timestamp()`;
}

async function isPaid(cartId: string): Promise<boolean> {
  const [order] = await sql<{ status: string }[]>`select status from naive.orders where cart_id = ${cartId}`;
  return order?.status === 'paid';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
