// What a log of web and worker leaves out. Errors are where other people's words come in: Drizzle puts every parameter of a
// failed statement into its message (addresses, links that let somebody in), Postgres quotes rows, the provider quotes keys.

const CENSORED = '[redacted]';

/** Options of pino: errors lose what may be somebody's, and so do fields of these names, should anybody log them. */
export const logPrivacy = {
  serializers: { err: describeError },
  redact: {
    censor: CENSORED,
    paths: [
      ...['email', 'line1', 'line2', 'postalCode', 'city', 'link', 'password', 'cookie', 'authorization'],
      ...['confirmationToken', 'token', 'secretKey'],
    ].flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  },
};

/** Facts of an error by a list of what may be said; whatever else a library hangs on to it stays out. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const facts = error as Error & Record<string, unknown>;
  const kept = Object.fromEntries(KEPT.filter((name) => isPlain(facts[name])).map((name) => [name, facts[name]]));
  return {
    type: error.name,
    message: withoutPeople(error.message),
    ...kept,
    stack: framesOf(error),
    ...(error.cause !== undefined && depth < MOST_CAUSES && { cause: describeError(error.cause, depth + 1) }),
  };
}

const MOST_CAUSES = 5;
const KEPT = ['code', 'severity', 'schema_name', 'table_name', 'constraint_name', 'routine', 'statusCode', 'requestId'];

const isPlain = (value: unknown) => typeof value === 'string' || typeof value === 'number';

/** The first lines of a stack are the message again. */
const framesOf = ({ stack = '' }: Error) =>
  stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .join('\n');

/** @returns a message without a statement's parameters, addresses, keys, tokens and numbers of cards */
export function withoutPeople(message: string): string {
  return message
    .replace(/\nparams: [\s\S]*$/, `\nparams: ${CENSORED}`)
    .replace(/[^\s"'<>(),;:=]+@[^\s"'<>(),;:=]+\.[^\s"'<>(),;:=]+/g, CENSORED)
    .replace(/\b(sk|rk|pk|whsec|ctoken|tok)_\w+/g, `$1_${CENSORED}`)
    .replace(/\b(Bearer|Basic) \S+/gi, `$1 ${CENSORED}`)
    .replace(/([?&](?:token|code|key|signature)=)[^&\s"']+/gi, `$1${CENSORED}`)
    .replace(/(\/receipts\/)[^\s/?#"']+/g, `$1${CENSORED}`)
    .replace(/:\/\/[^\s/:@]+:[^\s/@]+@/g, `://${CENSORED}@`)
    .replace(/\b(?:\d[ -]?){12,18}\d\b/g, CENSORED);
}
