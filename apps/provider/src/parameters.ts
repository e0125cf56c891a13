// The kinds of parameter, as zod schemas over the text of a form, and Stripe's wording for what is wrong with one.
// What these refuse is refused before an idempotency key is looked at: such an answer is never stored.
import { z } from 'zod';
import { type ApiError, invalidRequest } from './errors.ts';
import type { FormHash, FormValue } from './form.ts';

/** Checks the parameters of a request. @throws {ApiError} 400, naming the first parameter that is wrong. */
export function readParameters<S extends z.ZodType>(schema: S, params: FormHash): z.output<S> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw issue ? explain(issue, params) : invalidRequest('Invalid request.');
}

export const text = z.string();

/** Text that may not be emptied by sending "". */
export const filled = refine(text, (value) => value !== '', 'parameter_invalid_empty', 'You passed an empty string.');

export const boolean = refine(
  text,
  isBoolean,
  'parameter_invalid_boolean',
  'Invalid boolean: must be true or false.',
).transform((value) => value === 'true');

export const integer = refine(text, isInteger, 'parameter_invalid_integer', 'Invalid integer.').transform(Number);

export const positive = refine(
  integer,
  (value) => value >= 1,
  'parameter_invalid_integer',
  'This value must be greater than or equal to 1.',
);

/** A list, which a form brings as a hash with the keys 0, 1, … */
export const strings = z.record(z.string(), z.string()).transform((hash) => Object.values(hash));

/** A hash whose members we keep and return without acting on them. "" empties it. */
export const kept = z.custom<FormValue>((value) => value !== undefined).transform(plain);

/** "" in a member removes it, "" for the whole removes all. */
export const metadata = z.union([
  z.literal(''),
  refine(
    z.record(z.string().max(40), z.string().max(500)),
    (hash) => Object.keys(hash).length <= 50,
    'parameter_invalid',
    'Metadata can have up to 50 keys.',
  ),
]);

const CURRENCIES = new Set(Intl.supportedValuesOf('currency').map((currency) => currency.toLowerCase()));

export const currency = text
  .transform((value) => value.toLowerCase())
  .pipe(refine(text, (value) => CURRENCIES.has(value), 'parameter_invalid', 'Invalid currency.'));

/** One value of a fixed set. */
export function oneOf<const T extends string>(...values: T[]) {
  return z.enum(values, { error: `Must be one of ${values.join(', ')}.` });
}

/** A documented value that asks for behaviour which is not built: refused, since ignoring it would change what happens. */
export function notModelled<S extends z.ZodType>(schema: S, isModelled: (value: z.output<S>) => boolean) {
  return refine(schema, isModelled, 'parameter_not_modelled', 'The local provider does not model this.');
}

function refine<S extends z.ZodType>(
  schema: S,
  isFine: (value: z.output<S>) => boolean,
  code: string,
  message: string,
) {
  return schema.superRefine((value, context) => {
    if (!isFine(value)) context.addIssue({ code: 'custom', message, params: { code } });
  });
}

function explain(issue: z.core.$ZodIssue, params: FormHash): ApiError {
  // Every union here is "" or the real thing: what is wrong is what the last member found.
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1)?.[0] : undefined;
  if (inner) return explain({ ...inner, path: [...issue.path, ...inner.path] }, params);
  if (issue.code === 'unrecognized_keys') {
    const param = nameOf([...issue.path, issue.keys[0] ?? '']);
    return invalidRequest(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = nameOf(issue.path);
  if (valueAt(params, issue.path) === undefined) {
    return invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  const code = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return invalidRequest(`Invalid ${param}: ${issue.message}`, {
    param,
    code: typeof code === 'string' ? code : 'parameter_invalid',
  });
}

/** `['shipping', 'name']` → `shipping[name]` */
function nameOf(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (index === 0 ? String(key) : `[${String(key)}]`)).join('');
}

function valueAt(params: FormHash, path: readonly PropertyKey[]): FormValue | undefined {
  let value: FormValue | undefined = params;
  for (const key of path) value = typeof value === 'object' ? value[String(key)] : undefined;
  return value;
}

function isBoolean(value: string): boolean {
  return value === 'true' || value === 'false';
}

function isInteger(value: string): boolean {
  return /^-?\d{1,15}$/.test(value);
}

function plain(value: FormValue): unknown {
  if (value === '') return null;
  if (typeof value !== 'string')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  if (isBoolean(value)) return value === 'true';
  return isInteger(value) ? Number(value) : value;
}
