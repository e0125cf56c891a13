const SIGNS: Readonly<Record<string, string>> = { EUR: '€' };

/** €152.00, from minor units. Written out by hand so that server and browser agree to the byte, whatever their locales. */
export function money(amountMinor: number, currency = 'EUR'): string {
  const whole = Math.trunc(amountMinor / 100).toLocaleString('en-GB');
  return `${SIGNS[currency] ?? `${currency} `}${whole}.${String(amountMinor % 100).padStart(2, '0')}`;
}

/** €140 where there are no cents: on the wall, not on a bill. */
export function shortMoney(amountMinor: number, currency = 'EUR'): string {
  return amountMinor % 100 === 0 ? money(amountMinor, currency).slice(0, -3) : money(amountMinor, currency);
}
