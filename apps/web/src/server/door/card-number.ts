// Cards are typed into the provider's own form. A number that comes to us was put into the wrong field, and must not lie in
// our database, in a log or in a backup.

/** 13 to 19 digits, at once or in the groups that are printed on cards, not in the middle of an id or a longer number. */
const CANDIDATES = /(?<![\w.-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-])/g;

/** As the networks give them out: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay. */
const ISSUED = /^(?:4|5[1-5]|2[2-7]|3[47]|6|35|3[068])/;

/** Whether a card number stands in the text. */
export const holdsCardNumber = (text: string): boolean =>
  (text.match(CANDIDATES) ?? []).some((found) => isCardNumber(found.replace(/[ -]/g, '')));

const isCardNumber = (digits: string): boolean => ISSUED.test(digits) && !/^(\d)\1+$/.test(digits) && luhn(digits);

function luhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of digits.split('').reverse().entries()) {
    const doubled = index % 2 === 1 ? Number(digit) * 2 : Number(digit);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
