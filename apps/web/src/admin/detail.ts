import { money } from '#copy/money.ts';

type Detail = Readonly<Record<string, string | number | boolean | null>> | null;

/** The facts of an audit entry in one line: `refund id 0199… · amount €152.00`. @param but names that are shown elsewhere */
export function detailOf(detail: Detail, but: readonly string[] = []): string {
  return Object.entries(detail ?? {})
    .filter(([name, value]) => value !== null && value !== false && !but.includes(name))
    .map(([name, value]) => `${words(name)} ${name.endsWith('Minor') ? money(Number(value)) : value}`)
    .join(' · ');
}

/** `amountMinor` is `amount` once it is written as money. */
const words = (name: string): string =>
  name.replace(/Minor$/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
