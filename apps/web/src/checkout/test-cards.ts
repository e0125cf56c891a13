/** What the local provider's bank can be asked to do. A real provider shows its own form instead. */
export const TEST_CARDS = [
  { id: 'pays', name: 'Pays', says: 'Answers in under a second.', last4: '4242', instrument: 'pm_card_visa' },
  {
    id: 'declined',
    name: 'Declined',
    says: 'The bank refuses and gives no reason.',
    last4: '0002',
    instrument: 'pm_card_chargeDeclined',
  },
  {
    id: 'insufficient_funds',
    name: 'Not enough funds',
    says: 'The bank refuses and says why.',
    last4: '9995',
    instrument: 'pm_card_chargeDeclinedInsufficientFunds',
  },
  {
    id: 'expired',
    name: 'Expired',
    says: 'The card is too old.',
    last4: '0069',
    instrument: 'pm_card_chargeDeclinedExpiredCard',
  },
  {
    id: 'incorrect_cvc',
    name: 'Wrong security code',
    says: 'The three digits on the back do not match.',
    last4: '0127',
    instrument: 'pm_card_chargeDeclinedIncorrectCvc',
  },
  {
    id: 'slow',
    name: 'Slow',
    says: 'The bank takes 20 seconds, then pays.',
    last4: '0020',
    instrument: 'pm_local_slow',
  },
  {
    id: 'asks',
    name: 'Asks for you',
    says: 'The bank wants to see that it is you.',
    last4: '3184',
    instrument: 'pm_card_authenticationRequired',
  },
] as const;

export type TestCardId = (typeof TEST_CARDS)[number]['id'];
