import { setTimeout as sleep } from 'node:timers/promises';
import { createShop, receiptLinks } from '@once/checkout';
import { createTeller, pruneHistory } from '@once/checkout/history';
import { figureMetrics, operationMetrics } from '@once/checkout/metrics';
import { KeptSecretError, keptCookieSecret, recordEncryption, SecretError } from '@once/checkout/secrets';
import { stripePayments } from '@once/checkout/stripe';
import { alsoTraced, startTracing, tracing } from '@once/checkout/tracing';
import { logTransitions } from '@once/checkout/transitions';
import { connect, DatabaseUrlError } from '@once/db';
import { crashAt } from './crash-points.ts';
import { EnvError, readEnv } from './env.ts';
import { healthServer } from './health.ts';
import { createLog } from './log.ts';
import { startLoops } from './loops.ts';
import { openMailer } from './mailer.ts';
import { loopMetrics } from './metrics.ts';
import { openAfterRestore } from './restore.ts';

/** Longer than a mail's and a call's own time limits; past it the process ends, and others take over what is left. */
const DRAIN_MS = 60_000;

const log = createLog();

async function main(): Promise<void> {
  const env = readEnv(process.env);
  log.level = env.logLevel;
  await startTracing('once-worker', process.env);
  const connection = connect(env.databaseUrl, { applicationName: 'once-worker', onStatement: tracing()?.statement });
  const at = crashAt(env.crashAt);
  const operations = operationMetrics();
  const logged = logTransitions(log);
  const { db } = connection;
  const shop = createShop({
    db,
    payments: stripePayments(env.stripe),
    publicUrl: env.publicUrl,
    actor: 'worker',
    encryption: recordEncryption(env.recordKeys, env.dataDir),
    observe: (event) => {
      logged(event);
      operations.observe(event);
      tracing()?.observe(event);
    },
    span: alsoTraced(operations.span),
    onError: (error) => log.error({ err: error }, 'tried again in the next turn'),
    ...(env.leaseMs === undefined ? {} : { leaseMs: env.leaseMs }),
    ...(at ? { at } : {}),
  });
  operations.beginAtZero(Object.values(shop.workflows).map(({ name }) => name));
  let isDraining = false;
  const readFigures = figureMetrics(operations.registry, db);
  const health = healthServer({
    db,
    registry: operations.registry,
    readFigures,
    metricsToken: env.metricsToken,
    instance: env.instance,
    isDraining: () => isDraining,
  });
  await new Promise<void>((resolve, reject) => {
    health.once('error', reject).listen(env.port, env.host, resolve);
  });
  const ending = new AbortController();
  const stopped = stopSignal().then(() => ending.abort());
  if (env.restoredTo) await openAfterRestore(shop, { restoredTo: env.restoredTo }, { log, signal: ending.signal });
  const metrics = loopMetrics(operations.registry);
  const links = receiptLinks(env.cookieSecret ?? keptCookieSecret(env.dataDir));
  const mailer = openMailer(env.mail);
  const delivery = { mailer, publicUrl: env.publicUrl, receiptLinks: links, at };
  const tell = createTeller({ db, registry: operations.registry, app: 'worker' });
  const remember = async () => {
    await readFigures();
    await tell();
    await pruneHistory(db);
  };
  // Told to end before the shop was open: then nothing is begun.
  const loops = ending.signal.aborted ? undefined : startLoops({ shop, delivery, at, metrics, remember, log });
  log.info({ port: env.port, mail: env.mail.smtpUrl ? 'smtp' : env.mail.folder }, 'worker started');

  await stopped;
  log.info('draining');
  // It goes on telling that it lives: what is under way may take a minute.
  isDraining = true;
  const drained = Promise.resolve(loops?.stop())
    .then(() => tell().catch((error: unknown) => log.warn({ err: error }, 'the last figures are lost')))
    .then(() => mailer.close())
    .then(() => connection.close())
    .then(() => tracing()?.flush())
    .then(() => true);
  const ended = await Promise.race([drained, sleep(DRAIN_MS, false, { ref: false })]);
  log.info(ended ? 'worker stopped' : 'work was still under way; others take it over');
  process.exit(ended ? 0 : 1);
}

/** Resolves at the first request to end; a second one ends the process as it stands. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

main().catch((error: unknown) => {
  const isOurs = [EnvError, SecretError, KeptSecretError, DatabaseUrlError].some((kind) => error instanceof kind);
  if (isOurs && error instanceof Error) log.fatal(error.message);
  else log.fatal({ err: error }, 'worker could not start');
  process.exit(1);
});
