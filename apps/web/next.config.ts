import { join } from 'node:path';
import type { NextConfig } from 'next';

const SECURITY_HEADERS = [
  // Of what is no page: answers of the API, pictures. A page gets its own in place of it, from src/proxy.ts.
  {
    key: 'Content-Security-Policy',
    value: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  // Order addresses must not leave the shop, not even to the bank's page.
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  {
    key: 'Permissions-Policy',
    value:
      'bluetooth=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), serial=(), usb=()',
  },
];

// For an image: what `node server.js` needs, in one folder. `next start` does not run from it, so it is asked for.
const STANDALONE: NextConfig =
  process.env['STANDALONE'] === '1'
    ? { output: 'standalone', outputFileTracingRoot: join(import.meta.dirname, '../..') }
    : {};

const config: NextConfig = {
  ...STANDALONE,
  reactStrictMode: true,
  poweredByHeader: false,
  typedRoutes: true,
  agentRules: false,
  // Titles and addresses stand in the head for everybody: streamed behind the page, they would take a script to get there.
  htmlLimitedBots: /.*/,
  // Loaded at run time, and only where traces are asked for, and where charts are drawn.
  serverExternalPackages: ['@opentelemetry/sdk-node', '@observablehq/plot', 'linkedom'],
  headers: async () => [
    { source: '/:path*', headers: SECURITY_HEADERS },
    // Whoever has the address of a receipt can read it: not even our own next page is told.
    { source: '/receipts/:path*', headers: [{ key: 'Referrer-Policy', value: 'no-referrer' }] },
  ],
};

export default config;
