import { account } from './account.ts';
import { admin } from './admin.ts';
import { cart } from './cart.ts';
import { catalog } from './catalog.ts';
import { checkout } from './checkout.ts';
import { lab } from './lab.ts';
import { orders } from './orders.ts';
import { router } from './trpc.ts';

export const appRouter = router({ account, admin, catalog, cart, checkout, orders, lab });
export type AppRouter = typeof appRouter;
