// What a machine is given to run the shop with: images, a compose file, systemd units (docs/running.md).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@once/local-postgres/testing';
import { DCLinter } from 'dclint';
import dockerfile from 'dockerfile-utils';
import { afterAll, expect, it } from 'vitest';
import { freePorts } from './free-ports.ts';
import { isOnPath } from './process.ts';
import { ROOT } from './settings.ts';

const DEPLOY = join(ROOT, 'deploy');
const UNITS = ['once-web.service', 'once-worker.service'] as const;
/** How exposed a unit is, from 0 to 100, by `systemd-analyze security`; one without any directive is at 96. */
const MOST_EXPOSED = 20;

const folder = mkdtempSync(join(tmpdir(), 'once-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const read = (name: string) => readFileSync(join(DEPLOY, name), 'utf8');

it('the Dockerfile has nothing that a linter objects to', () => {
  expect(dockerfile.validate(read('Dockerfile'))).toEqual([]);
  expect(dockerfile.validate('FORM node\n').length, 'the linter would see a mistake').toBeGreaterThan(0);
});

it.each(['web', 'worker'])(
  'the image of %s runs as nobody special, is asked for its health, and has no secret in it',
  (image) => {
    const stage =
      read('Dockerfile')
        .split(/^FROM /m)
        .find((text) => text.startsWith(`base AS ${image}\n`)) ?? '';
    expect(stage).toMatch(/^USER node$/m);
    expect(stage.slice(stage.indexOf('USER node')), 'nothing is done as root after that').not.toMatch(
      /^(RUN|COPY|ADD|USER root)/m,
    );
    expect(stage).toMatch(/^HEALTHCHECK /m);
    expect(read('Dockerfile')).not.toMatch(/^(ARG|ENV) .*(KEY|SECRET|TOKEN|PASSWORD|DATABASE_URL)/m);
  },
);

it('the context of the build has neither data nor secrets: what is not named stays out', () => {
  const [first] = read('Dockerfile.dockerignore')
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  expect(first).toBe('*');
});

it('the compose file is one, by the specification’s own schema and a linter', () => {
  const lint = (path: string) =>
    linter
      .lintFiles([path], false)
      .flatMap(({ messages }: { readonly messages: readonly { readonly message: string }[] }) => messages)
      .map(({ message }: { readonly message: string }) => message);
  expect(lint(join(DEPLOY, 'compose.yaml'))).toEqual([]);
  const wrong = join(folder, 'compose.yaml');
  writeFileSync(wrong, read('compose.yaml').replace('stop_grace_period', 'stop_grace_time'));
  expect(lint(wrong), 'it would see a mistake').not.toEqual([]);
});

it('every secret of the compose file is a file, and no variable holds one', () => {
  const variables = [...read('compose.yaml').matchAll(/^ {6}(\w*(?:KEY|SECRET|URL|PASSWORD)\w*): (.*)$/gm)];
  const open = variables.filter(
    ([, name = '']) => !name.endsWith('_FILE') && !['PUBLIC_URL', 'STRIPE_PUBLISHABLE_KEY'].includes(name),
  );
  expect(variables.length).toBeGreaterThan(5);
  expect(open.map(([, name]) => name)).toEqual([]);
});

it.each([
  ['web', 30],
  ['worker', 60],
])('whoever ends %s waits longer than it may need', (app, seconds) => {
  const unit = Number(/^TimeoutStopSec=(\d+)$/m.exec(read(`once-${app}.service`))?.[1]);
  const service = read('compose.yaml').split(new RegExp(`^ {2}${app}:\\n`, 'm'))[1] ?? '';
  const container = Number(/stop_grace_period: (\d+)s/.exec(service)?.[1]);
  for (const given of [unit, container]) expect(given).toBeGreaterThan(seconds);
});

it.each(UNITS)('systemd takes %s, and it is shut off from the rest of the machine', (unit) => {
  if (!isOnPath('systemd-analyze')) {
    console.warn(`SKIPPED: ${unit} is not verified, systemd-analyze is not installed here`);
    return;
  }
  const here = unitHere(unit);
  expect(analyze('verify', '--recursive-errors=no', here)).toBe('');
  expect(analyze('security', '--offline=true', `--threshold=${MOST_EXPOSED}`, here)).toMatch(/Overall exposure level/);
  const unknown = join(folder, 'once-unknown.service');
  writeFileSync(
    unknown,
    read(unit).replace('NoNewPrivileges', 'NoNewPriviliges').replaceAll('/usr/bin/node', process.execPath),
  );
  expect(analyze('verify', '--recursive-errors=no', unknown), 'it would see a mistake').toMatch(/NoNewPriviliges/);
});

it('the worker’s unit starts it as it stands there, with secrets out of files, and ends it in time', async () => {
  const database = await testDatabase('shop');
  const [port] = await freePorts(1);
  const { argv, cwd, env } = commandOf('once-worker.service', { 'database-url': database.url });
  const worker = spawn(argv[0] ?? '', argv.slice(1), {
    cwd,
    env: {
      ...env,
      WORKER_PORT: String(port),
      DATA_DIR: folder,
      STRIPE_API_BASE: 'http://127.0.0.1:1',
      PATH: process.env['PATH'],
    },
    stdio: 'ignore',
  });
  const ended = once(worker, 'exit');
  try {
    await expect.poll(() => statusOf(`http://127.0.0.1:${port}/readyz`), { timeout: 120_000 }).toBe(200);
  } finally {
    worker.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  await database.drop();
}, 180_000);

const linter = new DCLinter({
  // In the order in which they start, and each as it is best read.
  rules: {
    'services-alphabetical-order': 0,
    'service-keys-order': 0,
    'require-quotes-in-ports': [1, { quoteType: 'double' }], // as the formatter writes them
  },
  ...{ quiet: false, debug: false, exclude: [] },
});

/** Of a machine whose Node and sources are where this one's are. */
function unitHere(unit: (typeof UNITS)[number]): string {
  const file = join(folder, unit);
  writeFileSync(
    file,
    read(unit).replaceAll('/opt/once', ROOT.replace(/\/$/, '')).replaceAll('/usr/bin/node', process.execPath),
  );
  return file;
}

function analyze(...args: string[]): string {
  try {
    return execFileSync('systemd-analyze', args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
}

/** What systemd would run, with its credentials in a folder. */
function commandOf(unit: (typeof UNITS)[number], secrets: Readonly<Record<string, string>>) {
  const text = readFileSync(unitHere(unit), 'utf8');
  const all = (name: string) => [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  const credentials = join(folder, 'credentials');
  mkdirSync(credentials, { recursive: true });
  for (const name of all('LoadCredential').map((value) => value.split(':')[0] ?? '')) {
    writeFileSync(join(credentials, name), secrets[name] ?? SECRETS[name] ?? '');
  }
  const variables = all('Environment').flatMap((line) => line.replaceAll('%d', credentials).split(' '));
  return {
    argv: all('ExecStart')[0]?.split(' ') ?? [],
    cwd: all('WorkingDirectory')[0] ?? '',
    env: Object.fromEntries(variables.map((variable) => variable.split('=') as [string, string])),
  };
}

const SECRETS: Readonly<Record<string, string>> = {
  'cookie-secret': 'c'.repeat(32),
  'record-keys': `unit:${'0'.repeat(64)}`,
  'stripe-secret-key': 'sk_test_unit',
  'smtp-url': 'smtp://127.0.0.1:1',
};

const statusOf = async (url: string): Promise<number> =>
  await fetch(url).then(
    ({ status }) => status,
    () => 0,
  );
