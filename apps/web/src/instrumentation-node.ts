import { startTracing, tracing } from '@once/checkout/tracing';
import { watchConnections } from './server/door/connections.ts';
import { keepHistory } from './server/history.ts';
import { shutdown } from './server/shutdown.ts';
import { storefront } from './server/storefront.ts';

watchConnections();
const ending = shutdown();

await startTracing('once-web', process.env);
ending.addEventListener('abort', () => void tracing()?.flush());

// A shop that is configured wrongly says so when it is started, in one line, not when the first shopper comes.
if (process.env['NEXT_PHASE'] !== 'phase-production-build') {
  try {
    void keepHistory(storefront(), ending);
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error('failed to start', { cause: error });
    const ours = ['EnvError', 'SecretError', 'PaymentsConfigError', 'DatabaseUrlError', 'KeptSecretError'].includes(
      name,
    );
    process.stderr.write(`web: ${ours ? message : stack}\n`);
    process.exit(1);
  }
}
