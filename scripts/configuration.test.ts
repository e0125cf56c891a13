import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONFIGURATION_FILE, configurationPage } from './configuration.ts';

it('docs/configuration.md says what the processes read; `node scripts/configuration.ts` brings it up to date', () => {
  expect(readFileSync(CONFIGURATION_FILE, 'utf8')).toBe(configurationPage());
});
