import { NextRequest } from 'next/server';
import { afterEach, expect, test, vi } from 'vitest';
import { config, proxy } from '../src/proxy.ts';

// How a page is answered, by what the process was told of its provider and its address.

afterEach(() => vi.unstubAllEnvs());

function answered(variables: { STRIPE_API_BASE?: string; PUBLIC_URL?: string; NODE_ENV?: string }) {
  vi.stubEnv('STRIPE_API_BASE', variables.STRIPE_API_BASE ?? '');
  vi.stubEnv('PUBLIC_URL', variables.PUBLIC_URL ?? 'http://shop.test');
  vi.stubEnv('NODE_ENV', variables.NODE_ENV ?? 'production');
  const { headers } = proxy(new NextRequest('http://shop.test/cart'));
  const policy = headers.get('content-security-policy') ?? '';
  const directives = Object.fromEntries(
    policy.split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1)]),
  );
  // What Next draws the page with: it gives its own scripts the nonce that it finds there.
  return { headers, policy, directives, drawnWith: headers.get('x-middleware-request-content-security-policy') };
}

const LOCAL = { STRIPE_API_BASE: 'http://127.0.0.1:4242' };
const NONCE = expect.stringMatching(/^'nonce-[\w+/]+=*'$/);

test('beside the local provider nothing may run, be called or shown but what is ours', () => {
  const { directives, policy, drawnWith, headers } = answered(LOCAL);
  expect(directives).toEqual({
    'default-src': ["'self'"],
    'script-src': ["'self'", NONCE],
    'script-src-attr': ["'none'"],
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    'frame-src': ["'none'"],
    'worker-src': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
  });
  expect(drawnWith).toBe(policy);
  expect(headers.get('cross-origin-opener-policy')).toBeNull();
});

test("with Stripe itself, scripts, frames and calls are the shop's and Stripe's alone", () => {
  const { directives, policy, drawnWith, headers } = answered({});
  const scripts = ['https://js.stripe.com', 'https://*.js.stripe.com'];
  expect(directives['script-src']).toEqual(["'self'", NONCE, ...scripts]);
  expect(directives['frame-src']).toEqual([...scripts, 'https://hooks.stripe.com']);
  expect(directives['connect-src']).toEqual(["'self'", 'https://api.stripe.com']);
  expect(directives['img-src']).toEqual(["'self'", 'data:', 'https://*.stripe.com']);
  expect(directives['frame-ancestors']).toEqual(["'none'"]);
  expect(drawnWith).toBe(policy);
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin-allow-popups');
});

test('no two answers have the same nonce', () => {
  expect(answered(LOCAL).policy).not.toBe(answered(LOCAL).policy);
});

test('text is evaluated as code in development alone', () => {
  expect(answered(LOCAL).policy).not.toContain('unsafe-eval');
  expect(answered({ ...LOCAL, NODE_ENV: 'development' }).policy).toContain('unsafe-eval');
});

test('browsers that came over https stay with it for two years', () => {
  const hsts = (publicUrl: string) =>
    answered({ ...LOCAL, PUBLIC_URL: publicUrl }).headers.get('strict-transport-security');
  expect(hsts('https://once.example')).toBe('max-age=63072000; includeSubDomains');
  expect(hsts('http://localhost:3000')).toBeNull();
});

test('whatever is answered, page or not, is guarded: it is neither framed, guessed at, nor read from elsewhere', async () => {
  const nextConfig = await readNextConfig();
  const [all, ...others] = await nextConfig.headers();
  const noReferrer = { source: '/receipts/:path*', headers: [{ key: 'Referrer-Policy', value: 'no-referrer' }] };
  expect([all?.source, others]).toEqual(['/:path*', [noReferrer]]);
  const headers = Object.fromEntries(all?.headers.map(({ key, value }) => [key.toLowerCase(), value]) ?? []);
  expect(headers).toMatchObject({
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  for (const device of ['camera', 'microphone', 'geolocation', 'usb', 'serial', 'bluetooth', 'display-capture']) {
    expect(headers['permissions-policy']).toContain(`${device}=()`);
  }
  expect(nextConfig.poweredByHeader).toBe(false);
});

interface Config {
  readonly poweredByHeader: boolean;
  headers(): Promise<{ source: string; headers: { key: string; value: string }[] }[]>;
}

/** Without its types: those of Next change what `process.env` is everywhere. */
async function readNextConfig(): Promise<Config> {
  return ((await import('../next.config.ts' as string)) as { default: Config }).default;
}

test.each([
  ['/', true],
  ['/orders/0190a000-0000-7000-8000-000000000001', true],
  ['/nothing', true],
  ['/api/trpc/cart.get', false],
  ['/art/low-tide.svg', false],
])('%s has the policy of a page: %s', (path, isPage) => {
  const [{ source } = { source: '' }] = config.matcher;
  expect(new RegExp(`^${source}$`).test(path)).toBe(isPage);
});
