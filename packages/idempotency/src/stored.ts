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

/**
 * How values become texts and come back; JSON by default, and superjson fits as it is. Choose it before the first record:
 * a text is read by the codec that has written it.
 */
export interface Codec<S = Json> {
  /** `undefined`, which JSON.stringify gives for itself, is stored as null. */
  stringify(value: S): string | undefined;
  parse(text: string): unknown;
}

/** `unknown` where the codec may store T, else what the compiler shall print. A codec of its own has a say of its own. */
export type Storable<T, S> = unknown extends S
  ? unknown
  : [S] extends [Json]
    ? [T] extends [Stored<T>]
      ? unknown
      : Stored<T>
    : [T] extends [S]
      ? unknown
      : 'the codec does not say that it can store this';
