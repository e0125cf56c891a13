/** Source of a UUIDv7 in its one spelling; in another case it would be another idempotency key for the same checkout. */
export const ID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

const ID = new RegExp(`^${ID_PATTERN}$`);

/** Whether this may be asked of the database as an id. Anything else belongs to nobody. */
export const isId = (text: string): boolean => ID.test(text);
