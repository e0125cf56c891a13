import { z } from 'zod';
import { BrowserEntry, RUN_ID } from '#lab/run.ts';
import { SCENARIOS } from '#lab/scenarios.ts';
import { askLab } from '#server/lab.ts';
import { procedure, router } from './trpc.ts';

const id = z.string().regex(RUN_ID);

/** The laboratory. Beside a real provider there is none, and each of these is NOT_FOUND. */
export const lab = router({
  /** The page makes the id, once per press: asked again, it is the same run. */
  start: procedure
    .input(z.strictObject({ id, scenario: z.enum(SCENARIOS.map((scenario) => scenario.id)) }))
    .mutation(({ ctx, input }) => askLab(ctx.storefront.env, '/runs', input)),

  get: procedure
    .input(z.strictObject({ id }))
    .query(({ ctx, input }) => askLab(ctx.storefront.env, `/runs/${input.id}`)),

  /** What the browser has seen since the last time, for what the others have written down. */
  sync: procedure
    .input(z.strictObject({ id, entries: z.array(BrowserEntry).max(200), done: z.boolean() }))
    .mutation(({ ctx, input: { id: runId, ...told } }) => askLab(ctx.storefront.env, `/runs/${runId}/sync`, told)),
});
