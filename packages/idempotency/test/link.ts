// The shipped link, closed when the test file is done.
import { afterAll } from 'vitest';
import { type Link, openLink as open } from '../src/testing/link.ts';

export type { Cut, Link } from '../src/testing/link.ts';

export async function openLink(target: string): Promise<Link> {
  const link = await open(target);
  afterAll(() => link.close());
  return link;
}
