import type { Played } from './play.ts';

/** A schedule in words, one line per step. */
export function storyOf(id: string, { story, ends, violations }: Played): string {
  const width = Math.max(...story.map(({ actor }) => actor.length), 0);
  const steps = story.map(({ actor, label, notes }, index) => {
    const number = String(index + 1).padStart(3);
    const said = notes.length > 0 ? `  ${notes.join(' · ')}` : '';
    return `${number}  ${actor.padEnd(width)}  ${label}${said}`;
  });
  const wrong = violations.map((violation) => `     ✗ ${violation}`);
  return [
    '',
    `${id}  (again: pnpm proof schedules --id ${id})`,
    ...steps,
    ...ends.map((end) => `     ${end}`),
    '     then leases end, a worker comes by, and the shopper asks again',
    ...(wrong.length > 0 ? wrong : ['     ✓ every invariant holds']),
  ].join('\n');
}
