import { destination, type Logger, pino } from 'pino';
import { controlHandler } from './control/server.ts';
import { doWhatIsDue } from './due.ts';
import { type Env, EnvError, readEnv } from './env.ts';
import { FaultEngine } from './faults/engine.ts';
import { ObjectLocks } from './locks.ts';
import { Outage } from './outage.ts';
import { handle, type Provider } from './pipeline.ts';
import { RateLimiter } from './rate-limit.ts';
import { bodyReadingServer, drain, listen, PortInUseError } from './server.ts';
import { openStore, type Store, StoreInUseError, StoreUnusableError } from './store.ts';
import { Dispatcher } from './webhooks/dispatcher.ts';
import { endpointFromEnvironment } from './webhooks/endpoints.ts';

// A request that is cut off here has not committed: its key is forgotten at the next start, and a retry does it all.
const DRAIN_GRACE_MS = 5_000;
/** Kept back at most while nothing can be written; lines beyond it are lost. */
const LOG_KEPT_BYTES = 1_000_000;

/** How often it is looked whether something has come due by itself. */
const DUE_EVERY_MS = 250;

async function main(): Promise<void> {
  const env = readEnv(process.env);
  // Written at once. By default pino writes later and flushes when the process exits; once nobody reads its output any
  // more (whoever started it was killed), that flush tries for ever, and the process never ends.
  const output = destination({ dest: 1, sync: true, maxLength: LOG_KEPT_BYTES });
  // An error that nobody listens to would end the process; what a full disk did not take goes out with a later line.
  output.on('error', () => {});
  const log = pino({ name: 'provider', level: env.logLevel }, output);
  const store = openStore(env.databaseFile);
  const { ports, stop } = await start(env, store, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'draining');
      void stop().then(() => {
        store.close();
        log.info('stopped');
        process.exit(0);
      });
    });
  }
  // Last: whoever waits for this line may send a signal as soon as it is there.
  log.info({ ...ports, database: env.databaseFile }, 'listening');
}

async function start(env: Env, store: Store, log: Logger) {
  const { settings } = env;
  endpointFromEnvironment(store, env.webhook);
  const onFailure = (error: unknown) => log.error({ err: error }, 'connection dropped');
  const api = bodyReadingServer((request, response, body) => handle(provider, request, response, body), onFailure);
  const outage = new Outage(api, log);
  const faults = new FaultEngine({ store, settings, refuseConnections: (ms) => outage.begin(ms) });
  const dispatcher = new Dispatcher({ store, settings, faults, log });
  const limiter = new RateLimiter(env.requestsPerSecond);
  const provider: Provider = { store, settings, locks: new ObjectLocks(), limiter, faults, dispatcher, log };
  const control = bodyReadingServer(controlHandler(provider, faults), onFailure);
  const port = await listen(api, env.apiPort, 'PROVIDER_PORT');
  const controlPort = await listen(control, env.controlPort, 'PROVIDER_CONTROL_PORT');
  dispatcher.wake();
  const due = setInterval(() => {
    try {
      doWhatIsDue(provider);
    } catch (error) {
      // Somebody has held the file for longer than it is waited for: what is due stays due.
      log.error({ err: error }, 'cannot do what is due');
    }
  }, DUE_EVERY_MS);
  return {
    ports: { port, control_port: controlPort },
    stop: async () => {
      clearInterval(due);
      // Webhooks last: what the requests under way bring about may still go out.
      await Promise.all([drain(api, DRAIN_GRACE_MS), drain(control, DRAIN_GRACE_MS)]);
      await dispatcher.stop(DRAIN_GRACE_MS);
    },
  };
}

main().catch((error: unknown) => {
  // What the person who starts it can put right is one plain line; anything else is a bug and wants its stack.
  console.error(isExpected(error) ? `provider: ${error.message} (${error.code})` : error);
  process.exit(1);
});

function isExpected(error: unknown): error is Error & { readonly code: string } {
  return [EnvError, PortInUseError, StoreInUseError, StoreUnusableError].some((expected) => error instanceof expected);
}
