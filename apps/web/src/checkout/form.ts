import { COUNTRIES, type CountryCode, type CountryForm, countryOf, isPostcode } from './countries.ts';
import { TEST_CARDS, type TestCardId } from './test-cards.ts';

export const FIELDS = ['email', 'name', 'line1', 'line2', 'postalCode', 'city', 'region', 'country'] as const;
export type Field = (typeof FIELDS)[number];

export interface CheckoutForm {
  readonly contact: { readonly [F in Exclude<Field, 'line2' | 'region' | 'country'>]: string } & {
    readonly line2: string | null;
    readonly region: string | null;
    readonly country: CountryCode;
  };
  readonly shippingMethod: 'tracked' | 'express';
  /** Null: entered in the provider's own form, where nobody else can read it. */
  readonly card: TestCardId | null;
}

export interface Fault {
  readonly field: Field;
  readonly message: string;
}

/** As many characters as the shop takes. */
export const MOST: Readonly<Record<Exclude<Field, 'country'>, number>> = {
  email: 254,
  name: 120,
  line1: 160,
  line2: 160,
  postalCode: 16,
  city: 120,
  region: 80,
};

/** The form as it stands. Read from the page itself: what was typed before the page came alive, or filled in, counts. */
export function readForm(form: HTMLFormElement): CheckoutForm {
  const data = new FormData(form);
  const text = (name: string) => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const country = countryOf(text('country')) ?? COUNTRIES[0];
  return {
    contact: {
      email: text('email'),
      name: text('name'),
      line1: text('line1'),
      line2: text('line2') || null,
      postalCode: text('postalCode'),
      city: text('city'),
      // Typed for another country, it stays in its field, and is not sent to this one.
      region: ('region' in country && text('region')) || null,
      country: country.code,
    },
    shippingMethod: text('shippingMethod') === 'express' ? 'express' : 'tracked',
    card: TEST_CARDS.find(({ id }) => id === text('card'))?.id ?? null,
  };
}

/** What needs a correction, in the order of the page. The shop checks again; this is only faster and kinder. */
export function faultsIn({ contact }: Pick<CheckoutForm, 'contact'>): Fault[] {
  const country = countryOf(contact.country) ?? COUNTRIES[0];
  return FIELDS.flatMap((field) => {
    const message = faultOf(field, contact[field] ?? '', country);
    return message ? [{ field, message }] : [];
  });
}

/** What a field is called where the country decides. */
export const labelsOf = (country: CountryForm) => ({
  postalCode: country.postcodeName ?? 'Postcode',
  city: country.cityName ?? 'City',
  region: country.region?.name ?? 'Region',
});

function faultOf(field: Field, value: string, country: CountryForm): string {
  if (value === '') return missing(field, country);
  if (field !== 'country' && value.length > MOST[field]) return `Use at most ${MOST[field]} characters.`;
  if (field === 'email') return emailFault(value);
  return field !== 'postalCode' || isPostcode(value, country.code) ? '' : `Write it like ${country.postcode}.`;
}

function missing(field: Field, country: CountryForm): string {
  const labels = labelsOf(country);
  switch (field) {
    case 'email':
      return 'Enter your email.';
    case 'name':
      return 'Enter your full name.';
    case 'line1':
      return 'Enter street and number.';
    case 'line2':
      return '';
    case 'postalCode':
    case 'city':
      return `Enter your ${labels[field].charAt(0).toLowerCase()}${labels[field].slice(1)}.`;
    case 'region':
      return country.region?.required ? `Enter your ${labels.region.toLowerCase()}.` : '';
    case 'country':
      return 'Choose a country.';
  }
}

function emailFault(email: string): string {
  const [name, host, ...rest] = email.split('@');
  if (host === undefined) return 'Add the @ and the part after it.';
  if (host === '') return 'Add the part after the @.';
  if (!name || rest.length > 0 || /\s/.test(email)) return 'Check the email.';
  return /^[^.]+(\.[^.]+)+$/.test(host) ? '' : 'Check the part after the @.';
}
