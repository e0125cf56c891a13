import { type Link, openLink as open } from '@once/local-postgres/link';
import { afterAll } from 'vitest';

export type { Cut, Link } from '@once/local-postgres/link';

/** A link for the tests of this file. */
export async function openLink(target: string): Promise<Link> {
  const link = await open(target);
  afterAll(() => link.close());
  return link;
}
