import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They wait for something, or try many things: whatever others notice is noticed before. */
const SLOW = ['within', 'takeover', 'isolation', 'trips', 'connection', 'claim', 'call', 'expiry', 'duplicate'];
const SLOWEST = ['random', 'input', 'commit'];

class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      [...SLOW, ...SLOWEST].findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}

// The library's tests, but for those of processes that are killed: what is changed there is changed in this process only.
export default defineConfig({
  test: {
    root: '.',
    include: ['packages/idempotency/test/*.test.ts'],
    exclude: ['**/{kill,processes,readme,migrate,peers,otel}.test.ts'],
    globalSetup: ['./scripts/test-databases.ts'],
    setupFiles: ['./proof/mutate/drop-databases.ts'],
    sequence: { sequencer: QuickestFirst },
    testTimeout: 12_000,
    hookTimeout: 12_000,
  },
});
