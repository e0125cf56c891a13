import { createReadStream, globSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Evidence } from './evidence.ts';

/** Every time that a record changed hands, as web and worker have logged it. A killed process may leave half a line. */
export async function collectTakings(dataDir: string): Promise<Evidence['takings']> {
  const takings: Evidence['takings'] = [];
  for (const file of globSync(join(dataDir, 'logs', '{web,worker}*.log'))) {
    const lines = createInterface({ input: createReadStream(file) });
    for await (const line of lines) {
      if (!line.includes('"taken_over"')) continue;
      const { record_id: recordId, fence } = parsed(line);
      if (recordId !== undefined && fence !== undefined) takings.push({ recordId, fence });
    }
  }
  return takings;
}

function parsed(line: string): { record_id?: string; fence?: number } {
  try {
    return JSON.parse(line) as { record_id?: string; fence?: number };
  } catch {
    return {};
  }
}
