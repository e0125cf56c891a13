import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './settings.ts';

// What whoever is on call reads at night fits together: alerts lead to a chapter that is there, and ask for figures that are.

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const alerts = read('docs/monitoring/alerts.yml');
const runbook = read('docs/runbook.md');
const code = ['packages/checkout/src/metrics.ts', 'apps/web/src/server/metrics.ts', 'apps/worker/src/metrics.ts'].map(
  read,
);
const figures = new Set(code.join('\n').match(/(?<=')once_\w+(?=')/g));

const namesIn = (text: string) => text.match(/\bonce_[a-z_]+/g) ?? [];
const withoutSuffix = (name: string) => name.replace(/_(bucket|count|sum)$/, '');
/** Roles and applications of the database begin like figures. */
const OTHERS = new Set(['once_web', 'once_worker', 'once_read']);

describe('alerts', () => {
  const rules = alerts.split(/^ {6}- alert: /m).slice(1);

  it.each(rules.map((rule) => [rule.split('\n')[0] ?? '', rule]))(
    '%s leads to its chapter of the runbook',
    (name, rule) => {
      const [, anchor = ''] = /runbook_url: docs\/runbook\.md#(\S+)/.exec(rule) ?? [];
      const titles = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
      const title = titles.find((one) => one.toLowerCase().replaceAll(' ', '-') === anchor);
      expect(title).toBeDefined();
      const chapter = runbook.split(/^## /m).find((one) => one.startsWith(`${title}\n`));
      expect(chapter).toContain(`\`${name}\``);
    },
  );

  it.each(['OnceNeedsReview', 'OnceUnknownOld', 'OnceLedgerDifference', 'OnceExpiryBehind', 'OnceTakeoversRising'])(
    '%s is raised by a test that causes it',
    (name) => {
      expect(read('e2e/tests/runbook.spec.ts')).toContain(`alert('${name}', true`);
    },
  );
});

describe('figures', () => {
  it.each(['docs/monitoring/alerts.yml', 'docs/monitoring/grafana.json', 'docs/runbook.md', 'docs/monitoring.md'])(
    'that %s names are there',
    (path) => {
      const named = namesIn(read(path))
        .map(withoutSuffix)
        .filter((name) => !OTHERS.has(name) && name !== 'once_');
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((name) => !figures.has(name))).toEqual([]);
    },
  );

  it.each([...figures])('%s is explained', (name) => {
    expect(read('docs/monitoring.md')).toContain(name);
  });
});
