import type { NextConfig } from 'next';

export default { serverExternalPackages: ['@once/idempotency'] } satisfies NextConfig;
