import type { NextConfig } from 'next';

// With Stripe itself, src/proxy.ts sends a policy for scripts and frames in place of the first.
const SECURITY_HEADERS = [
  { key: 'Content-Security-Policy', value: "frame-ancestors 'none'; base-uri 'self'; object-src 'none'" },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  // Order addresses must not leave the shop, not even to the bank's page.
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=()' },
];

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  typedRoutes: true,
  agentRules: false,
  // Titles and addresses stand in the head for everybody: streamed behind the page, they would take a script to get there.
  htmlLimitedBots: /.*/,
  headers: async () => [{ source: '/:path*', headers: SECURITY_HEADERS }],
};

export default config;
