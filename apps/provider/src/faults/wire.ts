// Faults of an answer on its way. Everything is done and stored; a replay on its way can be hit like the first answer,
// so that a client which retries can lose the second answer too.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { action, milliseconds } from './action.ts';
import { cutBody, drip, endConnection, hang, resetConnection } from './connection.ts';

export const WIRE = {
  rst_after: action('wire', {}, () => ({ name: 'rst_after', send: resetConnection })),
  fin_after: action('wire', {}, () => ({ name: 'fin_after', send: endConnection })),
  cut_body: action('wire', {}, () => ({ name: 'cut_body', send: cutBody })),

  hang_after: action('wire', { ms: milliseconds.default(120_000) }, (_, { ms }) => ({
    name: 'hang_after',
    send: (response) => hang(response, ms),
  })),

  slow_after: action('wire', { ms: milliseconds.default(1_000) }, async (_, { ms }) => {
    await pause(ms);
    return undefined;
  }),

  drip: action(
    'wire',
    { bytes: z.number().int().min(1).max(10_000).default(1), everyMs: milliseconds.default(60) },
    (_, speed) => ({ name: 'drip', send: (response, outgoing) => drip(response, outgoing, speed) }),
  ),
} as const;
