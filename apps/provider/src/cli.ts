// The control port from a terminal: `node apps/provider/src/cli.ts fault arm rst_after --order o1 --times 2`.
import { parseArgs } from 'node:util';

const USAGE = `usage: cli.ts <command> [--account <name>]

  fault arm <action>        --order <id> --card <pm_card_…> --pi <id> --path <path> --method <GET|POST>
                            --key <key> --event <type> --nth <n> --times <n> --ttl <ms>
                            --ms <ms> --code <decline_code>, or any option of the action: --with name=value
  fault list
  fault remove <id>
  ledger                    --order <id>
  requests                  --limit <n>
  webhooks                  --order <id> --state <state> --limit <n>
  webhooks resend <id>
  webhooks hold <id>
  webhooks release [<id>]   --order <id>
  endpoint roll <id>        --overlap <ms>
  intent action <id> <complete|fail>
  intent settle <id> <succeed|fail>
  intent dispute <id>
  refund settle <id> <succeed|fail>
  dispute close <id> <won|lost>
  clock advance <duration>  90s, 30m, 25h or 7d

Speaks to http://127.0.0.1:<PROVIDER_CONTROL_PORT> (4243). Answers are JSON, one row a line for lists.`;

const TEXT = { type: 'string' } as const;

const OPTIONS = {
  account: TEXT,
  card: TEXT,
  code: TEXT,
  event: TEXT,
  key: TEXT,
  limit: TEXT,
  method: TEXT,
  ms: TEXT,
  nth: TEXT,
  order: TEXT,
  overlap: TEXT,
  path: TEXT,
  pi: TEXT,
  state: TEXT,
  times: TEXT,
  ttl: TEXT,
  help: { type: 'boolean', short: 'h' },
  with: { type: 'string', multiple: true },
} as const;

/** Something that was asked for wrongly, or that the provider has refused. */
class CliError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

type Values = { readonly [name in Exclude<keyof typeof OPTIONS, 'help' | 'with'>]?: string | undefined } & {
  readonly with?: string[] | undefined;
};

async function main(): Promise<void> {
  const { values, positionals } = parsed();
  if (values.help || positionals.length === 0) {
    console.log(USAGE);
    return;
  }
  const answer = await ask(questionOf(positionals, values));
  for (const row of Array.isArray(answer) ? answer : [answer]) console.log(JSON.stringify(row));
}

function parsed() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new CliError('CLI_USAGE', `${(error as Error).message}\n\n${USAGE}`);
  }
}

/** @throws {CliError} CLI_USAGE: there is no such command. */
function questionOf(words: readonly string[], values: Values): Question {
  const [noun = '', verb = '', id = '', result = ''] = words;
  const { account, order, state, limit } = values;
  const post = (path: string, body: object = {}): Question => ({ method: 'POST', path, body });
  switch ([noun, verb].filter(Boolean).join(' ')) {
    case 'fault arm':
      return post('/faults', ruleOf(id, values));
    case 'fault list':
      return get('/faults', { account });
    case 'fault remove':
      return { method: 'DELETE', path: `/faults/${named(id)}` };
    case 'ledger':
      return get('/ledger', { account, order_id: order });
    case 'requests':
      return get('/journal', { account, limit });
    case 'webhooks':
      return get('/deliveries', { account, order_id: order, state, limit });
    case 'webhooks resend':
    case 'webhooks hold':
      return post(`/deliveries/${named(id)}/${verb}`);
    case 'webhooks release':
      return id ? post(`/deliveries/${id}/release`) : post('/deliveries/release', given({ account, order_id: order }));
    case 'endpoint roll':
      return post(`/webhook_endpoints/${named(id)}/roll`, given({ overlapMs: numberIn('overlap', values.overlap) }));
    case 'intent action':
    case 'intent settle':
      return post(`/intents/${named(id)}/${verb}`, { result });
    case 'intent dispute':
      return post(`/intents/${named(id)}/dispute`);
    case 'refund settle':
    case 'dispute close':
      return post(`/${noun}s/${named(id)}/${verb}`, { result });
    case 'clock advance':
      return post('/clock/advance', given({ ms: durationMs(id), account }));
    default:
      throw new CliError('CLI_USAGE', `There is no command ${words.join(' ')}.\n\n${USAGE}`);
  }
}

function ruleOf(action: string, values: Values): object {
  const { account, order, card, pi, path, method, key, event } = values;
  const match = { account, order_id: order, payment_method: card, pi, path, method, key, event };
  const options = (values.with ?? []).map((each) => [each.split('=', 1)[0], valueIn(each)]);
  return given({
    match: given({ ...match, nth: numberIn('nth', values.nth) }),
    // As it is said, and as it is typed: rst-after is rst_after.
    action: given({
      name: named(action).replaceAll('-', '_'),
      ...{ ms: numberIn('ms', values.ms), code: values.code },
      ...Object.fromEntries(options),
    }),
    times: numberIn('times', values.times),
    ttlMs: numberIn('ttl', values.ttl),
  });
}

async function ask({ method, path, body }: Question): Promise<unknown> {
  const url = `http://127.0.0.1:${process.env['PROVIDER_CONTROL_PORT'] || 4243}${path}`;
  const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, { method, ...json }).catch((error: Error) => {
    throw new CliError('CLI_NO_PROVIDER', `No provider answers at ${url}: ${reasonOf(error)}`);
  });
  const answer = (await response.json()) as { error?: { code: string; message: string } };
  if (response.ok) return answer;
  throw new CliError(
    answer.error?.code ?? 'unknown',
    answer.error?.message ?? `The provider answered ${response.status}.`,
  );
}

function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : message;
}

function get(path: string, query: Readonly<Record<string, string | undefined>>): Question {
  const search = new URLSearchParams(given(query) as Record<string, string>).toString();
  return { method: 'GET', path: search ? `${path}?${search}` : path };
}

/** What was given of it. */
function given(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function named(word: string): string {
  if (/^\w[\w-]*$/.test(word)) return word;
  throw new CliError('CLI_USAGE', `Which one?\n\n${USAGE}`);
}

function numberIn(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new CliError('CLI_USAGE', `--${option} must be a whole number, not ${text}.`);
}

function valueIn(assignment: string): string | number {
  const value = assignment.slice(assignment.indexOf('=') + 1);
  return /^\d+$/.test(value) ? Number(value) : value;
}

function durationMs(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  if (amount === undefined || unitMs === undefined) {
    throw new CliError('CLI_USAGE', `"${text}" is no duration: say 90s, 30m, 25h or 7d.`);
  }
  return Math.round(Number(amount) * unitMs);
}

main().catch((error: unknown) => {
  console.error(error instanceof CliError ? `${error.message} (${error.code})` : error);
  process.exit(error instanceof CliError && error.code === 'CLI_USAGE' ? 2 : 1);
});
