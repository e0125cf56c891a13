import { COUNTRIES, type CountryCode, countryOf } from './countries.ts';
import { TEST_CARDS, type TestCardId } from './test-cards.ts';

export const FIELDS = ['email', 'name', 'line1', 'line2', 'postalCode', 'city', 'country'] as const;
export type Field = (typeof FIELDS)[number];

export interface CheckoutForm {
  readonly contact: { readonly [F in Exclude<Field, 'line2' | 'country'>]: string } & {
    readonly line2: string | null;
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

/** The form as it stands. Read from the page itself: what was typed before the page came alive, or filled in, counts. */
export function readForm(form: HTMLFormElement): CheckoutForm {
  const data = new FormData(form);
  const text = (name: string) => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  return {
    contact: {
      email: text('email'),
      name: text('name'),
      line1: text('line1'),
      line2: text('line2') || null,
      postalCode: text('postalCode'),
      city: text('city'),
      country: countryOf(text('country'))?.code ?? COUNTRIES[0].code,
    },
    shippingMethod: text('shippingMethod') === 'express' ? 'express' : 'tracked',
    card: TEST_CARDS.find(({ id }) => id === text('card'))?.id ?? null,
  };
}

const MISSING: Readonly<Record<Field, string>> = {
  email: 'Enter your email.',
  name: 'Enter your full name.',
  line1: 'Enter street and number.',
  line2: '',
  postalCode: 'Enter your postcode.',
  city: 'Enter your city.',
  country: 'Choose a country.',
};

/** What needs a correction, in the order of the page. The shop checks again; this is only faster and kinder. */
export function faultsIn({ contact }: Pick<CheckoutForm, 'contact'>): Fault[] {
  return FIELDS.flatMap((field) => {
    const message = faultOf(field, contact[field] ?? '', contact.country);
    return message ? [{ field, message }] : [];
  });
}

function faultOf(field: Field, value: string, country: string): string {
  if (value === '') return MISSING[field];
  if (field === 'email') return emailFault(value);
  const postcode = field === 'postalCode' ? countryOf(country)?.postcode : undefined;
  return postcode && !postcode.pattern.test(value) ? postcode.words : '';
}

function emailFault(email: string): string {
  const [name, host, ...rest] = email.split('@');
  if (host === undefined) return 'Add the @ and the part after it.';
  if (host === '') return 'Add the part after the @.';
  if (!name || rest.length > 0 || /\s/.test(email)) return 'Check the email.';
  return /^[^.]+(\.[^.]+)+$/.test(host) ? '' : 'Check the part after the @.';
}

const place = (checkoutId: string) => `once.form.${checkoutId}`;

/** Keeps what was typed through a reload, in this tab. The card is not part of it. */
export function keepForm(checkoutId: string, form: HTMLFormElement): void {
  const { contact, shippingMethod } = readForm(form);
  try {
    sessionStorage.setItem(place(checkoutId), JSON.stringify({ ...contact, shippingMethod }));
  } catch {
    // Without storage the browser's own form filling has to do.
  }
}

/** Takes what was typed along to the checkout that follows this one. */
export function moveForm(from: string, to: string): void {
  try {
    sessionStorage.setItem(place(to), sessionStorage.getItem(place(from)) ?? '{}');
  } catch {
    // It was not kept.
  }
}

/** Puts back what was typed before a reload, where the page has not got something newer already. */
export function restoreForm(checkoutId: string, form: HTMLFormElement): void {
  const values = keptValues(checkoutId);
  for (const element of form.elements) {
    if (element instanceof HTMLInputElement && element.type === 'radio') {
      if (values[element.name] === element.value) element.checked = true;
    } else if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) {
      const value = values[element.name];
      const untouched = element instanceof HTMLSelectElement || element.value === element.defaultValue;
      if (typeof value === 'string' && untouched) element.value = value;
    }
  }
}

function keptValues(checkoutId: string): Record<string, unknown> {
  try {
    const values: unknown = JSON.parse(sessionStorage.getItem(place(checkoutId)) ?? '{}');
    return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
