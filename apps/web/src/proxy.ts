import { type NextRequest, NextResponse } from 'next/server';
import { stripePolicy } from '#server/stripe-policy.ts';

/**
 * With Stripe itself, pages carry a policy that names all that may run beside its card form. It is set here and not in
 * next.config, because one build serves both providers and next.config is read when it is built.
 */
export function proxy(request: NextRequest): NextResponse {
  if (process.env['STRIPE_API_BASE']) return NextResponse.next();
  const policy = stripePolicy({
    nonce: btoa(crypto.randomUUID()),
    development: process.env['NODE_ENV'] === 'development',
  });
  // Next takes the nonce for its own scripts from the policy in the request.
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  // Wallets and banks open windows from inside Stripe's frame, and must be able to answer it.
  response.headers.set('cross-origin-opener-policy', 'same-origin-allow-popups');
  return response;
}

export const config = {
  // Pages. A page that is fetched without being opened has no scripts of its own to allow.
  matcher: [
    {
      source: '/((?!api/|_next/|art/|healthz|readyz).*)',
      missing: [
        { type: 'header', key: 'rsc' },
        { type: 'header', key: 'next-router-prefetch' },
      ],
    },
  ],
};
