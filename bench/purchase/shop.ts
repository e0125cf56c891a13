// @boundaries-ignore the way the shop is started belongs to no package
import { freePorts } from '../../scripts/free-ports.ts';
// @boundaries-ignore as above
import { type Stack, startStack } from '../../scripts/stack.ts';
import { withFolder } from '../measure/folder.ts';
import { Stock } from './stock.ts';

export interface BenchShop {
  readonly stack: Stack;
  readonly stock: Stock;
}

/** The whole shop as it is deployed, with a provider that takes no time of its own. */
export async function withShop<T>(name: string, work: (shop: BenchShop) => Promise<T>): Promise<T> {
  return await withFolder(name, async (dataDir) => {
    const [web, provider, control, worker] = (await freePorts(4)) as [number, number, number, number];
    const stack = await startStack({
      dataDir,
      ports: { web, provider, control, worker },
      publicUrl: `http://127.0.0.1:${web}`,
      env: { PROVIDER_LATENCY_MS: '0' },
    });
    const stock = new Stock(stack.databaseUrl);
    try {
      return await work({ stack, stock });
    } finally {
      await stock.close();
      await stack.stop();
    }
  });
}
