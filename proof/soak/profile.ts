import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ProofError } from '../errors.ts';

export interface Profile {
  /** Decides who buys what, what goes wrong, and what is killed. Which of them meet is up to the machine. */
  readonly seed: string;
  /** It ends when so many purchases are paid, or when the time is over. */
  readonly orders: number;
  readonly minutes: number;
  /** Each takes over one operation at a time. */
  readonly workers: number;
  /** Shoppers at the same time. */
  readonly shoppers: number;
  /** The share of the provider's calls that is struck by a fault. */
  readonly faulty: number;
  /** How long each (one of the workers) lives before it is killed: between the two, drawn anew each time. Undefined: for ever. */
  readonly killMs: Readonly<Record<Victim, readonly [number, number] | undefined>>;
  /** Every kind of fault must have fired, or the run has shown less than it says. Off where it is too short for all. */
  readonly everyKind: boolean;
}

export const VICTIMS = ['worker', 'web', 'provider', 'staff', 'postgres'] as const;
export type Victim = (typeof VICTIMS)[number];

/** For CI: under a minute on a machine that does nothing else. */
export const SHORT: Omit<Profile, 'seed'> = {
  orders: 40,
  minutes: 5,
  workers: 2,
  shoppers: 20,
  faulty: 0.24,
  killMs: {
    worker: [2_000, 4_000],
    web: [5_000, 8_000],
    provider: [6_000, 9_000],
    staff: [4_000, 6_000],
    postgres: undefined,
  },
  everyKind: false,
};

const LONG: Omit<Profile, 'seed'> = {
  ...SHORT,
  orders: 5_000,
  minutes: 60,
  workers: 4,
  shoppers: 160,
  killMs: {
    worker: [2_000, 5_000],
    web: [50_000, 80_000],
    provider: [40_000, 60_000],
    staff: [20_000, 30_000],
    postgres: [10_000, 20_000],
  },
  everyKind: true,
};

/** @throws {ProofError} `OPTION_INVALID` */
export function readProfile(args: readonly string[]): Profile {
  const { orders, minutes, seed } = optionsOf(args);
  const drawn = seed ?? randomBytes(4).toString('hex');
  if (orders === undefined && minutes === undefined) return { ...SHORT, seed: drawn };
  return {
    ...LONG,
    seed: drawn,
    orders: orders ?? Number.MAX_SAFE_INTEGER,
    minutes: minutes ?? LONG.minutes,
    everyKind: (orders ?? LONG.orders) >= 2_000,
  };
}

function optionsOf(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { orders: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
    });
    return { orders: countOf('orders', values.orders), minutes: countOf('minutes', values.minutes), seed: values.seed };
  } catch (error) {
    if (error instanceof ProofError) throw error;
    throw new ProofError('OPTION_INVALID', `${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new ProofError('OPTION_INVALID', `--${name} takes a whole number, not "${text}"\n${USAGE}`);
}

const USAGE = 'pnpm proof soak [--orders N] [--minutes N] [--seed TEXT]; without a number: 40 purchases';
