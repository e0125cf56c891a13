import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const moduleOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** What of OpenTelemetry a process loads that has the worker's code, told so much of where to export. */
function loadedWith(variables: Readonly<Record<string, string>>): string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (url.includes('/node_modules/@opentelemetry/') && loaded.push(url), next(url, context)) });
    await import(${moduleOf('../src/loops.ts')});
    await import(${moduleOf('../src/log.ts')});
    await import(${moduleOf('../../../packages/checkout/src/payments/stripe.ts')});
    const { startTracing } = await import(${moduleOf('../../../packages/checkout/src/tracing/tracing.ts')});
    await startTracing('once-worker', process.env);
    process.stdout.write(JSON.stringify(loaded), () => process.exit(0));`;
  const { PATH } = process.env;
  const env = { PATH, ...variables };
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env }));
}

it('nothing of OpenTelemetry is loaded unless its variables ask for it', () => {
  expect(loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }).length).toBeGreaterThan(10);
  expect(loadedWith({})).toEqual([]);
});
