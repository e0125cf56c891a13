import { type NextRequest, NextResponse } from 'next/server';
import { contentSecurityPolicy } from '#server/content-security-policy.ts';

const TWO_YEARS_SECONDS = 63_072_000;

/**
 * Gives every page its Content-Security-Policy, with a nonce of its own. Here and not in next.config, because one build
 * serves both providers, with encryption and without, and next.config is read when it is built.
 */
export function proxy(request: NextRequest): NextResponse {
  const stripe = !process.env['STRIPE_API_BASE'];
  const policy = contentSecurityPolicy({
    nonce: btoa(crypto.randomUUID()),
    stripe,
    development: process.env['NODE_ENV'] === 'development',
  });
  // Next takes the nonce for its own scripts from the policy in the request.
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  // Wallets and banks open windows from inside Stripe's frame, and must be able to answer it.
  if (stripe) response.headers.set('cross-origin-opener-policy', 'same-origin-allow-popups');
  if (process.env['PUBLIC_URL']?.startsWith('https://')) {
    response.headers.set('strict-transport-security', `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`);
  }
  return response;
}

export const config = {
  // Pages. A page that is fetched without being opened has no scripts of its own to allow.
  matcher: [
    {
      source: '/((?!api/|_next/|art/|healthz|readyz|metrics).*)',
      missing: [
        { type: 'header', key: 'rsc' },
        { type: 'header', key: 'next-router-prefetch' },
      ],
    },
  ],
};
