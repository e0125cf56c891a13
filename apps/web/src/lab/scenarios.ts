import { STOPS, type Stop } from './stops.ts';

export interface Scenario {
  readonly id: string;
  readonly name: string;
  /** What goes wrong, in one line. */
  readonly says: string;
  readonly happened: string;
  /** Run beside it in the naive shop: what becomes of it there, and why. */
  readonly naive?: string;
  readonly stops: readonly Stop[];
}

export const SCENARIOS = [
  {
    id: 'none',
    name: 'No fault',
    says: 'The ordinary way, to compare with.',
    happened:
      'Three commits, and no call inside any of them: reserve freezes what will be sent, remember writes the intent down, settle makes the order paid. The key that the browser sent is the name of the record that keeps the answer.',
    stops: [STOPS.claim, STOPS.key],
  },
  {
    id: 'answer-lost',
    name: 'Answer lost',
    says: 'The card is charged, the reply never arrives.',
    happened:
      'The provider charged the card, and the connection broke before it could say so. The shop does not take silence for a no: it asks for the one intent that it had written down, hears that it is paid, and settles.',
    naive:
      'This shop took the broken connection for a failure and said “try again”. The next press made a new payment, and the provider had no way to know that it was meant to be the same one.',
    stops: [STOPS.lookUp, STOPS.oneIntent],
  },
  {
    id: 'answer-cut',
    name: 'Answer cut',
    says: 'The reply ends in the middle.',
    happened:
      'Half an answer is no answer: it says 200 and cannot be read. The outcome is unknown, the intent is looked up, and what it says counts.',
    stops: [STOPS.lookUp, STOPS.oneIntent],
  },
  {
    id: 'server-killed',
    name: 'Server killed',
    says: 'kill -9, right after the charge.',
    happened:
      'The shop’s process is killed while it waits for the provider, which has charged. What it had committed says how far it was. When its lease is over, whoever comes first takes the record over, looks the intent up, and finishes.',
    stops: [STOPS.fence, STOPS.lookUp],
  },
  {
    id: 'double-click',
    name: 'Double click',
    says: 'Two presses, 40 ms apart.',
    happened:
      'Both presses compute the same key, from the checkout and the number of refusals so far. The record of the first one is there when the second arrives, so nothing is sent to the bank for it.',
    stops: [STOPS.key, STOPS.claim],
  },
  {
    id: 'two-tabs',
    name: 'Two tabs',
    says: 'The same checkout is paid in two tabs at once.',
    happened:
      'Nobody told one tab of the other. Both compute the same key; the first to insert it goes on, the other hears that this payment is on its way already.',
    naive:
      'This shop looks whether the order is paid before it charges, and both tabs looked before either had paid. A check and the act that it guards are two moments, and another request fits between them.',
    stops: [STOPS.key, STOPS.claim],
  },
  {
    id: 'two-checkouts',
    name: 'Two checkouts',
    says: 'One cart, “Check out” pressed twice, both paid.',
    happened:
      'Both presses get the same checkout, because a cart points to one. From there on it is two tabs: one key, one record, one charge.',
    stops: [STOPS.oneCheckout, STOPS.key],
  },
  {
    id: 'provider-hangs',
    name: 'Provider hangs',
    says: 'The card is charged, and then silence.',
    happened:
      'The call has a deadline inside the lease. When it is over, the shop stops waiting and asks for the intent instead; the request that hangs can do no more harm, since it was for that same intent.',
    stops: [STOPS.lookUp, STOPS.oneIntent],
  },
  {
    id: 'provider-500',
    name: 'Charged, says 500',
    says: 'The provider charges and answers with an error.',
    happened:
      'A 500 says that the provider had trouble, not that it did nothing. The shop looks the intent up, and finds it paid. Sent again under its key, the request would be answered 500 for a day.',
    stops: [STOPS.lookUp, STOPS.oneIntent],
  },
  {
    id: 'webhook-twice',
    name: 'Webhook twice',
    says: 'One event comes twice, an older one after it.',
    happened:
      'Each event is kept once by its id, and none is believed: the shop asks for the intent that it is about. So the second copy writes nothing, and the old one that comes last cannot take a paid order back.',
    naive:
      'This shop believes what an event says. It shipped once for each copy of the event; then the older one came, said “not paid yet”, and the page asked the shopper to pay again.',
    stops: [STOPS.event, STOPS.hint],
  },
  {
    id: 'wifi-drops',
    name: 'Wi-Fi drops',
    says: 'The browser never hears, and comes back.',
    happened:
      'This page cut its own connection while the bank was at work. The shop went on without it. Back online, the page asks what became of the attempt that it had kept; it sends nothing.',
    stops: [STOPS.kept, STOPS.key],
  },
  {
    id: 'database-restarts',
    name: 'Database restarts',
    says: 'Postgres goes away before the order is saved.',
    happened:
      'The card is charged and the shop cannot write it down: its Postgres is being restarted. What was committed before is still there afterwards, with the intent’s id in it, and the operation goes on from there.',
    stops: [STOPS.settle, STOPS.lookUp],
  },
  {
    id: 'last-copy',
    name: 'Last copy',
    says: 'Two buyers want the same one.',
    happened:
      'Both ask for the last copy in the same moment. One UPDATE finds it free; the other finds no row, and that buyer hears it before paying, not after.',
    stops: [STOPS.copy],
  },
  {
    id: 'bank-abandoned',
    name: '3-D Secure left',
    says: 'The bank wants to see the shopper, who leaves.',
    happened:
      'Nothing is charged before the bank has seen the shopper. When the hold is over, the worker cancels the intent, and only with that answer in hand does the copy go back on the wall. (The laboratory does not wait: it ends the hold by moving its time.)',
    stops: [STOPS.hold],
  },
] as const satisfies readonly Scenario[];

export type ScenarioId = (typeof SCENARIOS)[number]['id'];

export const scenarioOf = (id: string): Scenario | undefined => SCENARIOS.find((each) => each.id === id);
