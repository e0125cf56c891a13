import type { TestCardId } from './test-cards.ts';

/**
 * What is sent when Pay is pressed. Kept before it is sent and sent again together: under one key the shop takes one card
 * and one total, so a repeat with anything else in it would be refused.
 */
export interface Attempt {
  readonly checkoutId: string;
  readonly idempotencyKey: string;
  readonly confirmationToken: string;
  readonly expectedTotalMinor: number;
  /** What the token was made of, where that is known: the next press asks whether it still means the same. */
  readonly card: TestCardId | null;
}

/** The number in an attempt's key. */
export const numberOf = ({ idempotencyKey }: Pick<Attempt, 'idempotencyKey'>): number =>
  Number(idempotencyKey.slice(idempotencyKey.lastIndexOf('.') + 1));

const place = (checkoutId: string) => `once.attempt.${checkoutId}`;
// Where storage is forbidden or full, a reload loses the token, and the key alone still cannot charge twice.
const inMemory = new Map<string, string>();

export function keep(attempt: Attempt): void {
  const text = JSON.stringify(attempt);
  inMemory.set(attempt.checkoutId, text);
  try {
    localStorage.setItem(place(attempt.checkoutId), text);
  } catch {
    // Kept in memory.
  }
}

/** The attempt that was kept for this checkout and has no final answer yet. */
export function kept(checkoutId: string): Attempt | undefined {
  const text = stored(checkoutId) ?? inMemory.get(checkoutId);
  if (!text) return undefined;
  try {
    const attempt: unknown = JSON.parse(text);
    return isAttempt(attempt) && attempt.checkoutId === checkoutId ? attempt : undefined;
  } catch {
    return undefined;
  }
}

export function forget(checkoutId: string): void {
  inMemory.delete(checkoutId);
  try {
    localStorage.removeItem(place(checkoutId));
  } catch {
    // It was never there.
  }
}

function stored(checkoutId: string): string | null {
  try {
    return localStorage.getItem(place(checkoutId));
  } catch {
    return null;
  }
}

// Anything may stand in a browser's storage.
function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== 'object' || value === null) return false;
  const { checkoutId, idempotencyKey, confirmationToken, expectedTotalMinor } = value as Record<string, unknown>;
  return (
    [checkoutId, idempotencyKey, confirmationToken].every((text) => typeof text === 'string') &&
    typeof expectedTotalMinor === 'number'
  );
}
