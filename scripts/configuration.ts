// docs/configuration.md, made from what the processes read: `node scripts/configuration.ts` writes it anew.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IN_FILES } from '@once/checkout/secrets';
import { z } from 'zod';
// @boundaries-ignore what an app is told from outside is its own business, and written down here
import { Variables as provider } from '../apps/provider/src/env.ts';
// @boundaries-ignore as above
import { Variables as web } from '../apps/web/src/env.ts';
// @boundaries-ignore as above
import { Variables as worker } from '../apps/worker/src/env.ts';
import { StackError } from './errors.ts';
import { ROOT } from './settings.ts';

export const CONFIGURATION_FILE = join(ROOT, 'docs/configuration.md');

/** The page as it must be. @throws {StackError} a variable is not described */
export function configurationPage(): string {
  return `# Configuration

<!-- Made by scripts/configuration.ts from the schemas in apps/*/src/env.ts. Change those. -->

Everything comes from the environment and is read once, when a process starts. What is missing or wrong is named in one line,
without its value, and the process does not start.

A secret may stand in a file instead: \`<name>_FILE\` says in which, as the secrets of containers and systemd's credentials
come. For web and worker, and ${IN_FILES.map((name) => `\`${name}\``).join(', ')}.

\`pnpm start\` and \`pnpm dev\` set what the processes must agree on; the defaults below are those of a process that is started
by itself.

## web

${tableOf(web)}

## worker

${tableOf(worker)}

## Traces

Web and worker read OpenTelemetry's own variables; [monitoring.md](monitoring.md#traces) has those that matter here.

## local provider

Not run in earnest.

${tableOf(provider)}
`;
}

interface Described {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: string | number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly isNeeded: boolean;
}

function tableOf(schema: z.ZodObject): string {
  const rows = Object.entries(described(schema)).map(([name, is]) => {
    if (!is.description) throw new StackError('SETTING_INVALID', `${name} is not described`);
    const otherwise = is.default === undefined ? '' : `\`${String(is.default)}\``;
    return `| \`${name}\` | ${kindOf(is)} | ${is.isNeeded ? '**needed**' : otherwise} | ${is.description} |`;
  });
  return ['| variable | | default | |', '|---|---|---|---|', ...rows].join('\n');
}

/** What is read may be something else than what is given: each side says what the other does not know. */
function described(schema: z.ZodObject): Record<string, Described> {
  const [given, read] = (['input', 'output'] as const).map((io) =>
    z.toJSONSchema(schema, { io, unrepresentable: 'any' }),
  );
  const of = (side: typeof given, name: string) => side?.properties?.[name] as Partial<Described> | undefined;
  return Object.fromEntries(
    Object.keys(schema.shape).map((name) => {
      const isNeeded = given?.required?.includes(name) ?? false;
      return [name, { ...of(read, name), ...of(given, name), isNeeded } as const];
    }),
  );
}

function kindOf(is: Described): string {
  if (is.enum) return is.enum.map((value) => `\`${value}\``).join(', ');
  if (is.type === 'integer') return `${is.minimum ?? ''} to ${is.maximum ?? ''}`;
  return is.minLength !== undefined && is.minLength > 1 ? `text, ${is.minLength} characters or more` : 'text';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(CONFIGURATION_FILE, configurationPage());
}
