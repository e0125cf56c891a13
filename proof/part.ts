/** One kind of evidence: `pnpm proof <name> …`. */
export interface Part {
  readonly name: string;
  /** One line, printed before it runs. */
  readonly what: string;
  /** @returns whether everything held. @throws {ProofError} for arguments that it does not know */
  run(args: readonly string[]): Promise<boolean>;
}
