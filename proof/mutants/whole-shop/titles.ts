/** Tests of a table, named by several mistakes, each for other rows of it. */
export const CRASH = 'killed at ${point}, leaving ${left}: the page shows the receipt, and there is one charge';
export const KILLED = '${victim} killed while people are at every place of a payment: all have paid in the end, once';
export const KILLED_AGAIN =
  '${victim} killed while web is taking over, at every place of a payment: all have paid in the end, once';
export const ASLEEP =
  'asleep past its lease, ${where}: the worker finishes, and nothing is changed or charged after it wakes';
