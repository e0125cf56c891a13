import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import { findChromium } from './chromium.ts';

const chromium = await findChromium();
const isScreens = process.env['SCREENS'] === '1';
const isLighthouse = process.env['LIGHTHOUSE'] === '1';

const launchOptions = {
  executablePath: chromium.executablePath,
  env: { ...(process.env as Record<string, string>), ...chromium.env },
  args: [
    '--no-sandbox', // as root there is none
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--font-render-hinting=none',
    '--force-color-profile=srgb',
  ],
};

// Playwright turns off the memory that Back returns to, and the headless shell out of npm has none. So these run only where
// CHROMIUM_PATH names a whole browser.
const BACK_CACHE = 'back-cache.spec.ts';
const isWholeBrowser = process.env['CHROMIUM_PATH'] !== undefined;
const backCache = {
  name: 'back-cache',
  testMatch: [BACK_CACHE, 'attempt-hook.spec.ts'],
  use: { launchOptions: { ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } },
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results/artifacts',
  globalSetup: './start-shop.ts',
  fullyParallel: true,
  workers: isLighthouse ? 1 : 2,
  // A checkout that works at the second try is broken.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  globalTimeout: 20 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/results.json' }]],
  use: {
    ...devices['Desktop Chrome'],
    locale: 'en-GB',
    trace: 'retain-on-failure',
    video: canFilm() ? 'retain-on-failure' : 'off',
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    launchOptions,
  },
  projects: projects(),
});

function projects() {
  if (isScreens) return [{ name: 'screens', testMatch: 'screens.spec.ts' }];
  if (isLighthouse) return [{ name: 'lighthouse', testMatch: 'lighthouse.spec.ts' }];
  const shop = { name: 'shop', testIgnore: ['screens.spec.ts', 'lighthouse.spec.ts', BACK_CACHE] };
  return isWholeBrowser ? [shop, backCache] : [shop];
}

/** Playwright films with an ffmpeg of its own, which does not come from npm: `npx playwright install ffmpeg`. */
function canFilm(): boolean {
  const tools = process.env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), '.cache/ms-playwright');
  return existsSync(tools) && readdirSync(tools).some((name) => name.startsWith('ffmpeg'));
}
