// The laboratory: shops in sandboxes, whose processes, databases and accounts at the provider are made for one run and
// thrown away after it. It never learns where the shop's own database is.
import { readEnv } from './env.ts';
import { labServer } from './http.ts';
import { Runs } from './runs.ts';

const env = readEnv(process.env);
const runs = new Runs(env);
const server = labServer(runs, env.instance).listen(env.port, '127.0.0.1');
server.once('error', (error) => {
  console.error(error);
  process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    void runs.stop().finally(() => process.exit(0));
  });
}
