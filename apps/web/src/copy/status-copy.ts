/** The exact words for every payment outcome. Placeholders in braces. The tier decides the dot and the order of actions. */
export type Tier = 'not-charged' | 'unknown' | 'charged-once';
export interface StatusCopy {
  readonly tier: Tier;
  readonly title: string;
  readonly body: string;
  readonly actions: readonly string[];
}

const none = (title: string, body: string, ...actions: string[]): StatusCopy => ({
  tier: 'not-charged',
  title,
  body,
  actions,
});
const ask = (title: string, body: string, ...actions: string[]): StatusCopy => ({
  tier: 'unknown',
  title,
  body,
  actions,
});
const once = (title: string, body: string, ...actions: string[]): StatusCopy => ({
  tier: 'charged-once',
  title,
  body,
  actions,
});

export const STATUS = {
  offline: none(
    'You are offline. Nothing was sent.',
    'Everything you typed is kept on this device. Pay works again as soon as you are back online.',
  ),
  fields_invalid: none(
    'Two fields need a correction. Nothing was sent.',
    'Email: add the part after the @. Postcode: five digits.',
    'Go to the first field',
  ),
  card_declined: none(
    'Your card was declined. You were not charged.',
    'Your bank gave no reason. No. {copy} is held for you until {time}.',
    'Use another card',
    'Try this card again',
  ),
  insufficient_funds: none(
    'Not enough funds on this card. You were not charged.',
    'No. {copy} is held for you until {time}.',
    'Use another card',
  ),
  expired_card: none(
    'This card has expired. You were not charged.',
    'Check the date or use another card.',
    'Change card',
  ),
  incorrect_cvc: none(
    'The security code did not match. You were not charged.',
    'It is the three digits on the back of the card.',
    'Correct the code',
  ),
  needs_action: none(
    'Your bank wants to check that it is you. You have not been charged.',
    'Confirm in the window from your bank, then come back here. If you close it, nothing is charged.',
    'Continue to your bank',
    'Cancel the payment',
  ),
  action_failed: none(
    'Your bank could not confirm that it is you. You were not charged.',
    'Try again, or use a card from another bank. No. {copy} is held until {time}.',
    'Try again',
    'Use another card',
  ),
  provider_down: none(
    'We cannot reach the payment provider. You were not charged.',
    'Nothing was sent to your bank. Your details are kept; try again in a minute.',
    'Try again',
  ),
  price_changed: none(
    'The price changed before you paid. You were not charged.',
    'The total was {old} and is now {new}. Nothing is charged until you agree.',
    'Agree and pay {new}',
    'Back to cart',
  ),
  promotion_ended: none(
    'Your code cannot be used any more. You were not charged.',
    'The total was {old} and is now {new}, without it. Nothing is charged until you agree.',
    'Agree and pay {new}',
    'Back to cart',
  ),
  copy_sold: none(
    'No. {copy} was sold to someone else. You were not charged.',
    'Your hold ended at {time}. {left} copies of this edition are left.',
    'Choose another number',
    'Back to cart',
  ),
  hold_ended: none(
    'Your hold on No. {copy} ended. You were not charged.',
    'Nobody has taken it yet, so you can hold it again.',
    'Hold it for 10 more minutes',
    'Back to cart',
  ),
  too_many: none(
    'Too many tries in a row. You were not charged.',
    'Wait {seconds} seconds. Your details and your hold are kept.',
    'Try again in {seconds} s',
  ),
  not_sent: none(
    'We could not reach the shop. Nothing was sent.',
    'Everything you typed is kept on this device. Press Pay again as soon as the connection is back.',
  ),
  token_expired: none(
    'Your card details waited too long. You were not charged.',
    'A bank takes them for a few hours only. Enter the card once more. No. {copy} is held for you until {time}.',
    'Enter the card again',
  ),
  all_held: none(
    'Every copy that is left is held by someone. Nothing was sent.',
    'A hold lasts 10 minutes. Copies that are not paid for come back, so look again in a moment.',
    'Look again',
  ),
  hold_taken: none(
    'Your hold on No. {copy} ended. You were not charged.',
    'Someone else has it now. Copies that are not paid for come back within 10 minutes.',
    'Choose another number',
    'Back to cart',
  ),
  cancelled: none(
    'This payment was cancelled. You were not charged.',
    'The order has ended, and No. {copy} was given back. If it is still free, you can hold it again from your cart.',
    'Back to cart',
  ),

  order_changed: ask(
    'This order changed in another tab.',
    'Nothing was sent from this one. Load the current order to see whether it is paid.',
    'Load the current order',
  ),
  connection_lost: ask(
    'The connection dropped after you pressed Pay.',
    'The payment may or may not have reached us. This page asks again by itself when you are online, with the same payment number. You will not be charged twice.',
    'Ask again now',
  ),
  in_progress: ask(
    'This payment is already on its way.',
    'It was started in another tab or by an earlier press. Nothing new was sent. This page shows the result as soon as it is known.',
  ),
  slow: ask(
    'Waiting for your bank.',
    'This is taking longer than usual. You may reload or close this page; the payment goes on once, and only once.',
  ),
  outcome_unknown: ask(
    'We do not know yet whether your payment went through.',
    'The answer was lost on the way back. We are asking the bank about this same payment. You will not be charged twice. This page is safe to reload or close; we will email {email} when we know.',
    'Ask again now',
  ),
  needs_review: ask(
    'A person is checking your payment.',
    'The bank has not given a clear answer for {minutes} minutes. No. {copy} stays yours until it does. You do not need to pay again. We will email {email}.',
    'Copy the payment number',
  ),
  order_review: ask(
    'A person is checking this order.',
    'You paid once, and your bank has told us something about the payment since. You do not need to pay again or do anything else. We will email {email}.',
    'Copy the payment number',
  ),

  succeeded: once('Paid once. No. {copy} is yours.', 'A receipt is on its way to {email}.', 'View your order'),
  recovered: once(
    'Paid once. No. {copy} is yours.',
    'The first answer was lost. We asked again and the bank recognised the same payment, so there is one charge.',
    'View your order',
  ),
  already_paid: once(
    'This order is already paid. You were charged once.',
    'Pay was pressed again, or the page was reloaded. Nothing more was sent to your bank.',
    'View your order',
  ),
  returned: once(
    'You were charged once, and it has been returned.',
    'No. {copy} could not be kept for you. {total} is going back to the card ending {last4}; banks take up to 10 days to show it.',
    'Choose another print',
  ),
  refunded: once(
    'Refunded in full.',
    '{total} is going back to the card ending {last4}; banks take up to 10 days to show it. No. {copy} was given back, and its certificate is void.',
    'View your order',
  ),
} as const satisfies Record<string, StatusCopy>;

export type StatusId = keyof typeof STATUS;
