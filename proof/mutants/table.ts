import type { Tried } from './trial.ts';

const HEAD = ['mutant', 'layer', 'test', 'verdict'] as const;

/** In columns. The test by its file and what it says. */
export function tableOf(tried: readonly Tried[]): string {
  const rows = [HEAD, ...tried.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function rowOf({ mutant: { name, killer }, verdict }: Tried): readonly string[] {
  const file = killer.file.split('/').at(-1)?.replace('.test.ts', '') ?? '';
  return [name, killer.layer, `${file}: ${cut(killer.title.replace('%s', killer.row ?? '%s'))}`, verdict.kind];
}

const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
