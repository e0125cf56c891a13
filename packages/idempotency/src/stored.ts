// What may be stored: it must come back as what went in, after a restart and in another process.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** T itself when every part of it survives JSON; otherwise the offending part becomes a sentence the compiler prints. */
// biome-ignore lint/suspicious/noConfusingVoidType: a phase that returns nothing is inferred as void
export type Stored<T> = T extends string | number | boolean | null | undefined | void
  ? T
  : T extends
        | bigint
        | symbol
        | Date
        | ((...parts: never) => unknown)
        | ReadonlyMap<unknown, unknown>
        | ReadonlySet<unknown>
        | PromiseLike<unknown>
    ? 'not JSON: it would come back as something else after a restart'
    : T extends object
      ? { [K in keyof T]: Stored<T[K]> }
      : unknown extends T
        ? Json
        : T;

/** `null` (SQL) stands for `undefined`, which JSON has no text for. */
export const encode = (value: unknown): string | null => JSON.stringify(value) ?? null;

/** Only for text that `encode` wrote. */
export const decode = (text: string | null | undefined): unknown => (text == null ? undefined : JSON.parse(text));

/** What a reader will find: the first run works with the same copy as every later one. */
export const storedCopy = (value: unknown): unknown => decode(encode(value));
