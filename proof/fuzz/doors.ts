import { createHmac } from 'node:crypto';
import { isIdempotencyError } from '@once/idempotency';
import { idempotencyKey } from '@once/idempotency/http';
import fc from 'fast-check';
import { garbled, spoiled, text } from './hostile.ts';
import { type Known, procedures } from './procedures.ts';
import { type Heard, type Sent, send, sendBytes } from './wire.ts';

/** A way in for what others send. */
export interface Door<T = unknown> {
  readonly name: string;
  readonly input: fc.Arbitrary<T>;
  /** Throws where it was answered as nobody may be. */
  knock(input: T): Promise<void>;
}

export interface Shop extends Known {
  readonly webUrl: string;
  readonly providerUrl: string;
  readonly controlUrl: string;
  readonly cookie: string;
  readonly webhookSecret: string;
}

/** Every parser of what strangers send: pages, API, sign-in, events, the provider's two ports, bytes, and our key header. */
export const doors = (shop: Shop): readonly Door[] => [
  asks('pages', pages(shop)),
  asks('api', api(shop)),
  asks('sign-in', signIn(shop)),
  asks('events', events(shop)),
  asks('provider', provider(shop)),
  asks('control', control(shop)),
  {
    name: 'bytes',
    input: bytes(shop),
    knock: async (input) => refuse500(await sendBytes(...(input as [number, Uint8Array]))),
  },
  { name: 'key', input: text(), knock: async (input) => readsKey(input as string) },
];

const asks = (name: string, input: fc.Arbitrary<Sent>): Door => ({
  name,
  input,
  knock: async (sent) => {
    const heard = await send(sent as Sent);
    if (heard.status === undefined) throw new Error('closed without an answer');
    refuse500(heard);
  },
});

/** Whatever somebody sends is their mistake or none at all, and says nothing of our insides. */
export function refuse500({ status = 0, text: said }: Heard): void {
  if (status >= 500) throw new Error(`answered ${status}: ${said.slice(0, 200)}`);
  const inside = /\n {4}at \S|node:internal|\.pnpm|SQLSTATE|Failed query/.exec(said);
  if (inside) throw new Error(`shows its insides: ${said.slice(Math.max(0, inside.index - 100), inside.index + 100)}`);
}

/** What comes with any request, some of the time. */
const headers = (usual: Readonly<Record<string, string>>): fc.Arbitrary<Record<string, string>> =>
  fc
    .record({
      cookie: fc.oneof(text(), garbled(usual['cookie'] ?? '__Host-guest=a.b'), fc.constant(usual['cookie'] ?? '')),
      'x-forwarded-for': text(),
      'x-request-id': text(),
      traceparent: text(),
      accept: text(),
      'accept-language': text(),
      'user-agent': text(),
      'idempotency-key': text(),
      'next-action': text(),
      rsc: fc.constantFrom('1', ''),
      'next-router-state-tree': text(),
      range: text(),
      'if-none-match': text(),
    })
    .chain((strange) =>
      fc.shuffledSubarray(Object.keys(strange), { maxLength: 2 }).map((names) => pick(strange, names)),
    )
    .map((strange) => ({ ...usual, ...strange }));

const pick = (all: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, all[name] ?? '']));

const encoded = (part: string): string => encodeURIComponent(part.toWellFormed());

function pages({ webUrl, cookie, slug, checkoutId }: Shop): fc.Arbitrary<Sent> {
  const known = [
    '',
    'prints',
    'orders',
    'checkout',
    'art',
    'account',
    'cart',
    'sign-in',
    'admin',
    'lab',
    'api',
    '_next',
  ];
  const part = fc.oneof(
    text().map(encoded),
    text().map((raw) => raw.replace(/[^\x21-\x7e]|[?#]/g, '')),
    fc.constantFrom(slug, checkoutId),
  );
  const path = fc
    .tuple(fc.constantFrom(...known), fc.array(part, { maxLength: 3 }))
    .map(([first, rest]) => `/${[first, ...rest].join('/')}`);
  const names = fc.constantFrom(
    'q',
    'price',
    'paper',
    'available',
    'sort',
    'page',
    'back',
    'token',
    'error',
    '__proto__',
  );
  const search = fc
    .array(fc.tuple(fc.oneof(names, text()), text()), { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&'));
  return (
    fc
      .record({ path, search, headers: headers({ cookie }) })
      // Longer ones are refused by Node's server itself, which is no parser of ours.
      .map((sent) => ({
        url: `${webUrl}${sent.path.slice(0, 2_000)}?${sent.search.slice(0, 8_000)}`,
        headers: sent.headers,
      }))
  );
}

function api(shop: Shop): fc.Arbitrary<Sent> {
  const { webUrl, cookie } = shop;
  const json = { 'content-type': 'application/json', cookie };
  return fc.constantFrom(...Object.entries(procedures(shop))).chain(([name, { query, input }]) => {
    const sound = spoiled({ json: input }).map((value) => JSON.stringify(value) ?? '');
    const said = fc.oneof({ weight: 3, arbitrary: sound }, sound.chain(garbled));
    return fc.record({ said, headers: headers(json) }).map((sent) =>
      query
        ? { url: `${webUrl}/api/trpc/${name}?input=${encoded(sent.said).slice(0, 8_000)}`, headers: sent.headers }
        : {
            url: `${webUrl}/api/trpc/${name}`,
            method: 'POST',
            headers: sent.headers,
            body: sent.said.toWellFormed(),
          },
    );
  });
}

function signIn({ webUrl }: Shop): fc.Arbitrary<Sent> {
  const who = { email: 'fuzz@example.org', password: 'correct horse battery', name: 'Mira', rememberMe: true };
  const inputs = {
    'sign-in/email': who,
    'sign-up/email': who,
    'request-password-reset': who,
    'reset-password': { ...who, token: 'a' },
    'sign-out': {},
    'get-session': {},
  };
  const usual = { 'content-type': 'application/json', origin: webUrl };
  return fc.constantFrom(...Object.entries(inputs)).chain(([path, input]) => {
    const sound = spoiled(input).map((value) => (JSON.stringify(value) ?? '').toWellFormed());
    return fc
      .record({ body: fc.oneof(sound, sound.chain(garbled)), headers: headers(usual) })
      .map(({ body, headers: sent }) => ({
        url: `${webUrl}/api/auth/${path}`,
        method: 'POST',
        headers: sent,
        body: body.toWellFormed(),
      }));
  });
}

/** Some as strangers send them, some signed as the provider signs: what is inside may be wrong all the same. */
function events({ webUrl, checkoutId, webhookSecret }: Shop): fc.Arbitrary<Sent> {
  const intent = {
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 100,
    currency: 'eur',
    metadata: { order_id: checkoutId },
  };
  const event = {
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.succeeded',
    created: 1,
    livemode: false,
    data: { object: intent },
  };
  const types = fc.constantFrom(
    'payment_intent.succeeded',
    'charge.refunded',
    'charge.dispute.created',
    'refund.updated',
    'ping',
  );
  const sound = fc
    .tuple(types, fc.uuid())
    .chain(([type, id]) => spoiled({ ...event, id: `evt_${id.replaceAll('-', '')}`, type }));
  const body = sound
    .map((value) => JSON.stringify(value) ?? '')
    .chain((whole) => fc.oneof(fc.constant(whole), garbled(whole)));
  return fc.record({ body, strange: fc.option(text()) }).map(({ body: sent, strange }) => {
    const whole = sent.toWellFormed();
    const seconds = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', webhookSecret).update(`${seconds}.${whole}`).digest('hex');
    const signed = strange === null ? `t=${seconds},v1=${signature}` : strange;
    return {
      url: `${webUrl}/api/webhooks/stripe`,
      method: 'POST',
      headers: { 'stripe-signature': signed },
      body: whole,
    };
  });
}

function provider({ providerUrl }: Shop): fc.Arbitrary<Sent> {
  const forms = {
    payment_intents: 'amount=100&currency=eur&payment_method=pm_card_visa&confirm=true&metadata[order_id]=a',
    'payment_intents/pi_1/confirm': 'payment_method=pm_card_visa',
    'payment_intents/search?query=': "metadata['order_id']:'a' AND status:'succeeded'",
    'payment_intents?limit=': '3&starting_after=pi_1&expand[]=data.latest_charge',
    'confirmation_tokens/ctoken_1?expand[]=': 'payment_method',
    refunds: 'payment_intent=pi_1&amount=5&metadata[a]=b',
    customers: 'email=fuzz@example.org&name=Mira',
    webhook_endpoints: 'url=http://127.0.0.1:1/&enabled_events[]=*',
    'events?types[]=': 'charge.refunded',
  };
  // An account of its own: what is made in it is nobody's order, and no event of it goes to the shop.
  const usual = { authorization: 'Bearer sk_test_fuzz', 'content-type': 'application/x-www-form-urlencoded' };
  return fc.constantFrom(...Object.entries(forms)).chain(([path, form]) =>
    fc
      .record({
        form: fc.oneof(garbled(form), text()),
        headers: headers(usual),
        authorization: fc.option(text(), { freq: 8 }),
      })
      .map((sent) => {
        const authorization = sent.authorization ?? usual.authorization;
        const asked = { headers: { ...sent.headers, authorization } };
        return path.endsWith('=')
          ? { ...asked, url: `${providerUrl}/v1/${path}${encoded(sent.form).slice(0, 8_000)}` }
          : { ...asked, url: `${providerUrl}/v1/${path}`, method: 'POST', body: sent.form.toWellFormed() };
      }),
  );
}

function control({ controlUrl }: Shop): fc.Arbitrary<Sent> {
  const inputs = {
    faults: { action: { name: 'slow_after', ms: 1 }, times: 1, ttlMs: 1 },
    'intents/pi_1/action': { result: 'complete' },
    'intents/pi_1/settle': { result: 'succeeded' },
    'refunds/re_1/settle': { result: 'failed' },
    'deliveries/release': { account: 'fuzz' },
    'webhook_endpoints/we_1/roll': {},
  };
  return fc.constantFrom(...Object.entries(inputs)).chain(([path, input]) =>
    spoiled(input).map((value) => {
      // Of an account of its own, or a fault that happens to be a sound one would strike the shop.
      const own = path === 'faults' ? { ...(value as object | null), match: { account: 'fuzz' } } : value;
      const body = (JSON.stringify(own) ?? '').toWellFormed();
      return { url: `${controlUrl}/${path}`, method: 'POST', headers: { 'content-type': 'application/json' }, body };
    }),
  );
}

/** What is no HTTP, or nearly. */
function bytes({ webUrl, providerUrl, controlUrl }: Shop): fc.Arbitrary<[number, Uint8Array]> {
  const ports = [webUrl, providerUrl, controlUrl].map((url) => Number(new URL(url).port));
  const request =
    'POST /api/trpc/cart.get HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}';
  const spelled = garbled(request).map((whole) => new TextEncoder().encode(whole));
  return fc.tuple(fc.constantFrom(...ports), fc.oneof(spelled, fc.uint8Array({ maxLength: 300 })));
}

function readsKey(header: string): void {
  try {
    const key = idempotencyKey({ get: () => header });
    if (key.length === 0 || key.length > 255) throw new Error(`a key of ${key.length} characters`);
  } catch (error) {
    if (!isIdempotencyError(error)) throw error;
  }
}
