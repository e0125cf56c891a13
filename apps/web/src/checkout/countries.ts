interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  readonly name: string;
  /** What a postcode looks like there, and how to say so. Absent: it is not checked. */
  readonly postcode?: { readonly pattern: RegExp; readonly words: string };
}

const FOUR = { pattern: /^\d{4}$/, words: 'Four digits.' };
const FIVE = { pattern: /^\d{5}$/, words: 'Five digits.' };

/** Where we send prints. */
export const COUNTRIES = [
  { code: 'DE', name: 'Germany', postcode: FIVE },
  { code: 'AT', name: 'Austria', postcode: FOUR },
  { code: 'BE', name: 'Belgium', postcode: FOUR },
  { code: 'CZ', name: 'Czechia' },
  { code: 'DK', name: 'Denmark', postcode: FOUR },
  { code: 'EE', name: 'Estonia', postcode: FIVE },
  { code: 'FI', name: 'Finland', postcode: FIVE },
  { code: 'FR', name: 'France', postcode: FIVE },
  { code: 'IE', name: 'Ireland' },
  { code: 'IT', name: 'Italy', postcode: FIVE },
  { code: 'LU', name: 'Luxembourg', postcode: FOUR },
  {
    code: 'NL',
    name: 'Netherlands',
    postcode: { pattern: /^\d{4} ?[A-Za-z]{2}$/, words: 'Four digits and two letters.' },
  },
  { code: 'NO', name: 'Norway', postcode: FOUR },
  { code: 'PL', name: 'Poland', postcode: { pattern: /^\d{2}-\d{3}$/, words: 'Like 00-950.' } },
  { code: 'PT', name: 'Portugal', postcode: { pattern: /^\d{4}-\d{3}$/, words: 'Like 1100-148.' } },
  { code: 'ES', name: 'Spain', postcode: FIVE },
  { code: 'SE', name: 'Sweden', postcode: { pattern: /^\d{3} ?\d{2}$/, words: 'Five digits.' } },
  { code: 'CH', name: 'Switzerland', postcode: FOUR },
] as const satisfies readonly Country[];

export type CountryCode = (typeof COUNTRIES)[number]['code'];

export const countryOf = (code: string | null): (Country & { readonly code: CountryCode }) | undefined =>
  COUNTRIES.find((country) => country.code === code);
