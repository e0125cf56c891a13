import { DBOS } from '@dbos-inc/dbos-sdk';
import { PostgresDataSource } from '@dbos-inc/postgres-datasource';
import { uuidv7 } from 'uuidv7';
import type { Bench } from '../bench.ts';
import { ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { type Lab, withLab } from './lab.ts';
import { acknowledge, OUTCOME, sell, transaction, workflowWithOneCall } from './operations.ts';

const CLIENTS = 16;

/** The same work under a key by DBOS Transact, whose workflows do more: they log every step of whatever code. */
export const dbosBench: Bench = {
  name: 'dbos',
  run: (scale) =>
    withLab(async (lab) => {
      const dbos = await launch(lab);
      try {
        const pool = lab.open(CLIENTS);
        const key = uuidv7();
        await transaction(pool, key);
        await dbos.transaction(key);
        const measured = await alternate(
          {
            transaction: () => transaction(pool),
            theirTransaction: () => dbos.transaction(uuidv7()),
            workflow: () => workflowWithOneCall(pool),
            theirWorkflow: () => dbos.workflow(uuidv7()),
            replay: () => transaction(pool, key, { replayHint: true }),
            theirReplay: () => dbos.transaction(key),
          },
          { ...scale, clients: CLIENTS, cpu: lab.cpu },
        );
        const against = 'against a DBOS workflow';
        return [
          ratioFigure(measured.transaction, measured.theirTransaction, {
            name: `transaction, first run, ${against} of one transaction, 16 clients`,
            target: { atLeast: 5 },
          }),
          ratioFigure(measured.workflow, measured.theirWorkflow, {
            name: `workflow with one call, ${against} of transaction, step, transaction`,
            target: { atLeast: 4 },
          }),
          ratioFigure(measured.replay, measured.theirReplay, {
            name: `replay, hinted, ${against} with a known id`,
            target: { atLeast: 12 },
          }),
        ];
      } finally {
        await dbos.close();
      }
    }),
};

/** As its guide says: the database of the work and one for its own records, as many connections as we have. */
export async function launch({ url, admin }: Lab) {
  const { hostname: host, port, username, password, pathname } = new URL(url);
  const options = { host, port: Number(port), username, password, database: pathname.slice(1), max: CLIENTS };
  const work = new PostgresDataSource('work', { ...options, onnotice: () => {} });
  await PostgresDataSource.initializeDBOSSchema(options);
  await admin.unsafe('create database dbos_records');
  const systemDatabaseUrl = new URL('/dbos_records', url).href;
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl,
    systemDatabasePoolSize: CLIENTS,
    logLevel: 'error',
    runAdminServer: false,
  });

  const sold = work.registerTransaction(async () => void (await sell(PostgresDataSource.client)), { name: 'sell' });
  const acknowledged = work.registerTransaction(async () => void (await acknowledge(PostgresDataSource.client)), {
    name: 'acknowledge',
  });
  const transactionOnly = DBOS.registerWorkflow(
    async () => {
      await sold();
      return OUTCOME;
    },
    { name: 'order.place' },
  );
  const withOneCall = DBOS.registerWorkflow(
    async () => {
      await sold();
      await DBOS.runStep(async () => ({ charged: true }), { name: 'charge' });
      await acknowledged();
      return OUTCOME;
    },
    { name: 'order.pay' },
  );
  await DBOS.launch();
  return {
    transaction: async (workflowID: string) =>
      await (await DBOS.startWorkflow(transactionOnly, { workflowID })()).getResult(),
    workflow: async (workflowID: string) => await (await DBOS.startWorkflow(withOneCall, { workflowID })()).getResult(),
    close: () => DBOS.shutdown({ deregister: true }),
  };
}
