import { postcodeValidator } from 'postcode-validator';

interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  readonly name: string;
  /** A postcode as it is written there. */
  readonly postcode: string;
  /** What people there call it, where it is not "Postcode". */
  readonly postcodeName?: string;
  /** What people there call it, where it is not "City". */
  readonly cityName?: string;
  /** A part of the address between city and country. Absent: there is none. */
  readonly region?: { readonly name: string; readonly required: boolean };
}

/** Where we send prints. What a postcode looks like is not kept here: `postcode-validator` knows. */
export const COUNTRIES = [
  { code: 'DE', name: 'Germany', postcode: '10117' },
  { code: 'AT', name: 'Austria', postcode: '1010' },
  { code: 'BE', name: 'Belgium', postcode: '1000' },
  { code: 'CZ', name: 'Czechia', postcode: '110 00' },
  { code: 'DK', name: 'Denmark', postcode: '1050' },
  { code: 'EE', name: 'Estonia', postcode: '10111' },
  { code: 'FI', name: 'Finland', postcode: '00100' },
  { code: 'FR', name: 'France', postcode: '75001' },
  {
    code: 'IE',
    name: 'Ireland',
    postcode: 'D02 AF30',
    postcodeName: 'Eircode',
    cityName: 'Town or city',
    region: { name: 'County', required: false },
  },
  { code: 'IT', name: 'Italy', postcode: '00118', region: { name: 'Province', required: true } },
  { code: 'LU', name: 'Luxembourg', postcode: '1111' },
  { code: 'NL', name: 'Netherlands', postcode: '1012 AB' },
  { code: 'NO', name: 'Norway', postcode: '0150', cityName: 'Postal town' },
  { code: 'PL', name: 'Poland', postcode: '00-950' },
  { code: 'PT', name: 'Portugal', postcode: '1100-148' },
  { code: 'ES', name: 'Spain', postcode: '28001', region: { name: 'Province', required: true } },
  { code: 'SE', name: 'Sweden', postcode: '111 20', cityName: 'Postal town' },
  { code: 'CH', name: 'Switzerland', postcode: '8001' },
  { code: 'GB', name: 'United Kingdom', postcode: 'SW1A 1AA', cityName: 'Town or city' },
] as const satisfies readonly Country[];

export type CountryCode = (typeof COUNTRIES)[number]['code'];
export type CountryForm = Country & { readonly code: CountryCode };

export const countryOf = (code: string | null): CountryForm | undefined =>
  COUNTRIES.find((country) => country.code === code);

/** Capitals or not, a person means the same. */
export const isPostcode = (text: string, country: CountryCode): boolean =>
  postcodeValidator(text.toUpperCase(), country);
