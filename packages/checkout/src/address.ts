import { formatAddress } from 'localized-address-format';
import type { Contact } from './checkout.ts';

/** An address as the post of its country wants it written, the country last. */
export function addressLines(contact: { readonly [Field in keyof Contact]?: string | null | undefined }): string[] {
  const { name, line1, line2, postalCode, city, region, country } = contact;
  const lines = formatAddress({
    postalCountry: country ?? '',
    name: name ?? '',
    addressLines: [line1, line2].filter((line): line is string => Boolean(line)),
    postalCode: postalCode ?? '',
    locality: city ?? '',
    administrativeArea: region ?? '',
  });
  return country ? [...lines, countryName(country)] : lines;
}

const countryName = (code: string): string =>
  new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(code) ?? code;
