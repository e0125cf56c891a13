/**
 * Canonical JSON (RFC 8785): one text per value, whatever the order of its members.
 * Members that are undefined are left out, as JSON does.
 * @throws {TypeError} for what JSON cannot hold: NaN, bigint, functions, class instances without toJSON, cycles, and lone
 * surrogates, which RFC 8785 refuses.
 */
export function canonical(value: unknown): string {
  return write(value, new Set());
}

function write(value: unknown, parents: Set<object>): string {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'boolean':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
      return JSON.stringify(value); // ECMAScript's own text is what RFC 8785 prescribes
    case 'object':
      return value === null ? 'null' : nested(value, parents);
    default:
      throw new TypeError(`canonical JSON has no ${typeof value}`);
  }
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('canonical JSON has no lone surrogates');
  return JSON.stringify(value);
}

function nested(value: object, parents: Set<object>): string {
  if (parents.has(value)) throw new TypeError('canonical JSON has no cycles');
  parents.add(value);
  const written = composite(value, parents);
  parents.delete(value); // the same object twice side by side is no cycle
  return written;
}

function composite(value: object, parents: Set<object>): string {
  // Its toJSON gives null, as which it would be another input without a word.
  if (value instanceof Date && Number.isNaN(value.getTime())) throw new TypeError('canonical JSON has no invalid Date');
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), parents);
  if (Array.isArray(value)) return `[${value.map((item) => write(item ?? null, parents)).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Map would read like {}, so two different inputs would count as one.
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`canonical JSON has no ${value.constructor.name}`);
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1)) // by UTF-16 code units
    .map(([name, member]) => `${text(name)}:${write(member, parents)}`);
  return `{${members.join(',')}}`;
}
