import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// @boundaries-ignore the page is what the laboratory speaks to
import type { Sources } from '../apps/web/src/lab/run.ts';
// @boundaries-ignore as above
import type { Stop } from '../apps/web/src/lab/stops.ts';
// @boundaries-ignore the way the shop is started belongs to no package
import { ROOT } from '../scripts/settings.ts';

const SHOWN_LINES = 9;

/** The lines of source that a text names, as they run. Undefined: the file has no such line any more. */
export function sourceOf({ file, symbol, says }: Stop): Sources | undefined {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(symbol));
  if (at === -1) return undefined;
  const from = Math.max(0, at - 3);
  return { file, symbol, says, line: at + 1, code: lines.slice(from, from + SHOWN_LINES).join('\n') };
}
