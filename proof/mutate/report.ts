// Stryker's report (https://github.com/stryker-mutator/mutation-testing-elements), as far as it is needed here.

/** Percent that must be killed. */
export const SCORE = 90;

type Status = 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored' | 'RuntimeError' | 'CompileError';

interface MutantResult {
  readonly status: Status;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
}
interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly MutantResult[] }>>;
}

interface Score {
  readonly killed: number;
  readonly of: number;
}

/** Noticed, or so slow that it could not go unnoticed. What is no program, or was left out with a reason, does not count. */
const isKilled = ({ status }: MutantResult) => status === 'Killed' || status === 'Timeout';
const isAlive = ({ status }: MutantResult) => status === 'Survived' || status === 'NoCoverage';

const scoreIn = (mutants: readonly MutantResult[]): Score => ({
  killed: mutants.filter(isKilled).length,
  of: mutants.filter((one) => isKilled(one) || isAlive(one)).length,
});

export const killedOf = ({ files }: Report): Score => scoreIn(Object.values(files).flatMap(({ mutants }) => mutants));

export const scoreOf = ({ killed, of }: Score): number => (of === 0 ? 100 : (100 * killed) / of);

/** One row per file, the weakest first. */
export function tableOf({ files }: Report): string {
  const rows = Object.entries(files).map(([file, { mutants }]) => ({
    ...{ file, ...scoreIn(mutants) },
    ignored: mutants.filter(({ status }) => status === 'Ignored').length,
    slow: mutants.filter(({ status }) => status === 'Timeout').length,
  }));
  const lines = rows
    .sort((a, b) => scoreOf(a) - scoreOf(b))
    .map(({ file, killed, of, slow, ignored }) => {
      const name = file.split('/').at(-1)?.padEnd(18);
      return `${name} ${scoreOf({ killed, of }).toFixed(1).padStart(6)} %  ${killed} of ${of}, ${slow} by standing still, ${ignored} left out`;
    });
  return lines.join('\n');
}

/** Where it is, what it was and what it became: one line each. */
export function survivorsOf({ files }: Report): string[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.filter(isAlive).map(({ status, mutatorName, location: { start, end }, replacement }) => {
      const line = lines[start.line - 1] ?? '';
      const was =
        start.line === end.line ? line.slice(start.column - 1, end.column - 1) : `${line.slice(start.column - 1)} …`;
      const became = (replacement ?? '').replace(/\s+/g, ' ').slice(0, 100);
      return `${file}:${start.line}:${start.column}  ${mutatorName}${status === 'NoCoverage' ? ', no test comes by' : ''}\n    ${was}\n  → ${became}`;
    });
  });
}
