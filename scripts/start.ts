// `pnpm start`: the whole shop in one terminal, until Ctrl-C.
import { runInTerminal } from './terminal.ts';

await runInTerminal('production');
