// `pnpm test`: every test there is, and at last one plain line with how many.
import { runTests, summaryOf } from './runners.ts';

const counts = await runTests();
console.log(`\n${summaryOf(counts)}`);
process.exit(counts.failed === 0 ? 0 : 1);
