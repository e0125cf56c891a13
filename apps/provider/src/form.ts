import { invalidRequest } from './errors.ts';

/** What a form can hold: text, or a hash of more. Lists arrive as hashes with the keys 0, 1, … */
export type FormValue = string | FormHash;
export interface FormHash {
  [key: string]: FormValue;
}

// Far deeper than any documented parameter; without a limit a small body could nest thousands of levels.
const MAX_DEPTH = 12;

/**
 * Parses `metadata[order_id]=1&expand[]=latest_charge` into nested hashes.
 * The hashes have no prototype, so that `constructor` is a name like any other.
 * @throws {ApiError} 400: a name is malformed, or is used as text and as a hash at once.
 */
export function parseForm(text: string): FormHash {
  const root = emptyHash();
  for (const [name, value] of new URLSearchParams(text)) assign(root, name, value);
  return root;
}

function assign(root: FormHash, name: string, value: string): void {
  const path = pathOf(name);
  const leaf = path.pop() ?? '';
  let hash = root;
  for (const key of path) {
    const step = key || nextIndex(hash);
    const next = hash[step] ?? emptyHash();
    hash[step] = next;
    if (typeof next === 'string') throw invalidRequest(`Invalid parameter: ${name}`, { param: name });
    hash = next;
  }
  const key = leaf || nextIndex(hash);
  if (typeof hash[key] === 'object') throw invalidRequest(`Invalid parameter: ${name}`, { param: name });
  hash[key] = value;
}

/** `a[b][]` → `['a', 'b', '']` */
function pathOf(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  const inBrackets = [...(match?.[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((found) => found[1] ?? '');
  const path = [match?.[1] ?? '', ...inBrackets];
  // __proto__ would be lost on its way through objects that have a prototype: refused rather than dropped.
  if (!match || inBrackets.length >= MAX_DEPTH || path.includes('__proto__')) {
    throw invalidRequest(`Invalid parameter name: ${name.slice(0, 100)}`, { param: name.slice(0, 100) });
  }
  return path;
}

function nextIndex(hash: FormHash): string {
  return String(Object.keys(hash).length);
}

function emptyHash(): FormHash {
  return Object.create(null) as FormHash;
}
