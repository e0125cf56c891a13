// `pnpm dev`: as `pnpm start`, but code is reloaded when it changes.
import { runInTerminal } from './terminal.ts';

await runInTerminal('development');
