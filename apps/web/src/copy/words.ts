import { STATUS, type StatusCopy, type StatusId } from './status-copy.ts';

/** What the placeholders stand for. Money and times come ready to read. */
export interface Facts {
  readonly copies: readonly { readonly number: number }[];
  readonly time?: string | undefined;
  readonly email?: string | undefined;
  readonly total?: string | undefined;
  readonly old?: string | undefined;
  readonly new?: string | undefined;
  readonly left?: string | undefined;
  readonly last4?: string | undefined;
  readonly minutes?: string | undefined;
  readonly seconds?: string | undefined;
}

/** The words for a status. A sentence that needs a fact we do not have is left out rather than shown with a gap in it. */
export function wordsFor(id: StatusId, facts: Facts): StatusCopy {
  const copy: StatusCopy = STATUS[id];
  const { copies, ...rest } = facts;
  const known = { ...rest, copy: copies.map(({ number }) => number).join(', ') || undefined };
  const say = (text: string) => fill(copies.length === 1 ? text : inPlural(text, copies.length), known);
  const body = copy.body
    .split(SENTENCE_END)
    .map(say)
    .filter((sentence) => !sentence.includes(GAP));
  return { tier: copy.tier, title: say(copy.title), body: body.join(' '), actions: copy.actions.map(say) };
}

// The copy speaks of one number, which is what nearly every order has. These are its phrases for several.
const PLURAL: readonly (readonly [string, string])[] = [
  ['No. {copy} is yours', '{n} prints are yours'],
  ['No. {copy} is held', 'Your {n} prints are held'],
  [
    'No. {copy} was given back, and its certificate is void',
    'Your {n} prints were given back, and their certificates are void',
  ],
  ['No. {copy} was given back', 'your {n} prints were given back'],
  ['If it is still free, you can hold it again', 'If they are still free, you can hold them again'],
  ['No. {copy} stays yours', 'Your {n} prints stay yours'],
  ['No. {copy} was sold to someone else', '{n} of your prints were sold to someone else'],
  ['No. {copy} could not be kept', 'Your {n} prints could not be kept'],
  ['Your hold on No. {copy} ended', 'Your hold on {n} prints ended'],
  ['Someone else has it now', 'Someone else has at least one of them now'],
  ['Nobody has taken it yet, so you can hold it again', 'If nobody has taken them, you can hold them again'],
  ['Hold it for 10 more minutes', 'Hold them for 10 more minutes'],
];

function inPlural(text: string, count: number): string {
  const plural = PLURAL.reduce((said, [one, several]) => said.replace(one, several), text);
  return plural.replaceAll('{n}', String(count));
}

function fill(text: string, known: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => known[name] ?? GAP);
}

const GAP = '…';
// "No. 18" is not the end of a sentence.
const SENTENCE_END = /(?<=[.!?])(?<!\bNo\.) +/;
