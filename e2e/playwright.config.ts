import { defineConfig, devices } from '@playwright/test';
import { findChromium } from './chromium.ts';

const chromium = await findChromium();
const isScreens = process.env['SCREENS'] === '1';

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

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results/artifacts',
  globalSetup: './start-shop.ts',
  fullyParallel: true,
  workers: 2,
  // A checkout that works at the second try is broken.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  globalTimeout: 15 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/results.json' }]],
  use: {
    ...devices['Desktop Chrome'],
    locale: 'en-GB',
    trace: 'retain-on-failure',
    video: 'off',
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    launchOptions,
  },
  projects: isScreens
    ? [{ name: 'screens', testMatch: 'screens.spec.ts' }]
    : [{ name: 'shop', testIgnore: 'screens.spec.ts' }],
});
