import { createReadStream, globSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Evidence } from './evidence.ts';

/** What web and worker have logged: each time that a record changed hands, and what they have no word for. */
export async function collectLogs(dataDir: string): Promise<Pick<Evidence, 'takings' | 'slips'>> {
  const [takings, slips]: [Evidence['takings'], string[]] = [[], []];
  for (const file of globSync(join(dataDir, 'logs', '{web,worker}*.log'))) {
    const lines = createInterface({ input: createReadStream(file) });
    for await (const line of lines) {
      if (!line.includes('"taken_over"') && !line.includes('"INTERNAL"')) continue;
      const { record_id: recordId, fence, error_code: code, procedure, err } = parsed(line);
      if (recordId !== undefined && fence !== undefined) takings.push({ recordId, fence });
      if (code === 'INTERNAL') slips.push(`${procedure}: ${err?.stack ?? err?.message}`);
    }
  }
  return { takings, slips };
}

interface Line {
  readonly record_id?: string;
  readonly fence?: number;
  readonly error_code?: string;
  readonly procedure?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
}

/** A killed process may leave half a line. */
function parsed(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
}
