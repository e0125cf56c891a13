/** A case of the contract found what must not be, and no assertion of its own says it better. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code = 'IDEMPOTENCY_TEST_CONTRACT';
}
