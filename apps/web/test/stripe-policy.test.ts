import { NextRequest } from 'next/server';
import { afterEach, expect, test, vi } from 'vitest';
import { proxy } from '../src/proxy.ts';

// How a page is answered, by which provider the process was told of.

afterEach(() => vi.unstubAllEnvs());

function answered(stripeApiBase: string) {
  vi.stubEnv('STRIPE_API_BASE', stripeApiBase);
  const { headers } = proxy(new NextRequest('http://shop.test/cart'));
  const policy = headers.get('content-security-policy');
  const directives = new Map(policy?.split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1)]));
  // What Next draws the page with: it gives its own scripts the nonce that it finds there.
  return { headers, policy, directives, drawnWith: headers.get('x-middleware-request-content-security-policy') };
}

test('beside the local provider no page names Stripe', () => {
  const { policy, drawnWith, headers } = answered('http://127.0.0.1:4242');
  expect([policy, drawnWith, headers.get('cross-origin-opener-policy')]).toEqual([null, null, null]);
});

test("with Stripe itself, scripts, frames and calls are the shop's and Stripe's alone", () => {
  const { directives, policy, drawnWith, headers } = answered('');
  const scripts = ['https://js.stripe.com', 'https://*.js.stripe.com'];
  expect(directives.get('script-src')).toEqual(["'self'", expect.stringMatching(/^'nonce-[\w+/]+=*'$/), ...scripts]);
  expect(directives.get('frame-src')).toEqual([...scripts, 'https://hooks.stripe.com']);
  expect(directives.get('connect-src')).toEqual(["'self'", 'https://api.stripe.com']);
  expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
  expect(drawnWith).toBe(policy);
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin-allow-popups');
});

test('no two answers have the same nonce', () => {
  expect(answered('').policy).not.toBe(answered('').policy);
});
