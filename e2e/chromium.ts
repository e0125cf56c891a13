import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The package's own version cannot be read (its package.json is not exported), and a new one must not find old files. */
const VERSION = '153.0.0';
const CACHE = join(import.meta.dirname, 'node_modules', '.cache');

export interface Chromium {
  readonly executablePath: string;
  /** For the browser's process: where it finds the libraries and fonts that came with it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A Chromium that came with `pnpm install`: no download, and nothing is asked of the machine, not even libnss3 or a font.
 * `CHROMIUM_PATH` names another one.
 */
export async function findChromium(): Promise<Chromium> {
  const ours = process.env['CHROMIUM_PATH'];
  if (ours) return { executablePath: ours, env: {} };
  const folder = join(CACHE, `chromium-${VERSION}`);
  if (!(await exists(folder))) await unpack(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: folder },
  };
}

/** Unpacked beside its place and moved there, so that a run that was killed leaves no half of a browser behind. */
async function unpack(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'unpacking-'));
  const { default: chromium } = await import('@sparticuz/chromium');
  // The package unpacks into the folder for temporary files, and its shared libraries only where it believes to be there.
  await withEnv({ TMPDIR: fresh, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' }, async () => {
    if (tmpdir() !== fresh) throw new ChromiumError('the folder for temporary files cannot be set');
    await chromium.executablePath();
  });
  // The package's own names a folder that is not ours.
  await writeFile(join(fresh, 'fonts.conf'), fontsConf(folder));
  try {
    await rename(fresh, folder);
  } catch (error) {
    // Another run was first; a browser is a browser.
    await rm(fresh, { recursive: true });
    if (!(await exists(folder))) throw error;
  }
}

export class ChromiumError extends Error {
  override readonly name = 'ChromiumError';
  readonly code = 'CHROMIUM';
}

const fontsConf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function withEnv(wanted: Readonly<Record<string, string>>, run: () => Promise<void>): Promise<void> {
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, wanted);
  try {
    await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
