import { defineConfig } from 'vitest/config';

// One run and one Postgres for every package: each test file clones a template database (packages/local-postgres).
export default defineConfig({
  test: {
    include: [
      '{apps,packages}/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'lab/test/**/*.test.ts',
      'proof/test/**/*.test.ts',
      'scripts/**/*.test.ts',
      'examples/*.test.ts',
    ],
    globalSetup: ['./scripts/test-databases.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
