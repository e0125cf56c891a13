import { createHash } from 'node:crypto';

/** A UUIDv7 that is the same in every run: the time as given, the rest from the name. */
export function seededId(name: string, at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  const rest = digest(name);
  const variant = (8 + (Number.parseInt(rest[3] ?? '0', 16) % 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-${variant}${rest.slice(4, 7)}-${rest.slice(7, 19)}`;
}

/** An id as the provider would write it. `seed` in it says that the provider has never heard of it. */
export function seededProviderId(prefix: 'pi' | 'ch' | 're' | 'ctoken', name: string): string {
  return `${prefix}_seed_${digest(`${prefix}:${name}`).slice(0, 20)}`;
}

/** A whole number in [0, below), the same for the same name. */
export function seededNumber(name: string, below: number): number {
  return Number.parseInt(digest(name).slice(0, 12), 16) % below;
}

/** The same order for the same items, with nothing to see in it. */
export function seededShuffle<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, rank: digest(nameOf(item)) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item);
}

const digest = (name: string): string => createHash('sha256').update(`once:${name}`).digest('hex');
