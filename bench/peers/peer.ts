/** Another way to act once under a key, doing the same work. */
export interface Peer {
  /** What it promises, in one line, as its documents and its code say. */
  readonly guarantees: string;
  /** With a key that nobody has used. Also what a duplicate does. */
  readonly first: (key: string) => Promise<unknown>;
  /** With a key that is known: a retry, as far as it can be told. */
  readonly again: (key: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}
