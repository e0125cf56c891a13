// What happens by itself when its time has come, by each account's own clock. A due date is taken out of the file in the
// transaction of what it brings about.
import { type Call, outsideCall } from './call.ts';
import type { Charge } from './charges.ts';
import type { DueDate, DueWork } from './due-dates.ts';
import { randomId } from './ids.ts';
import { canceled, type Intent, settleCharge } from './outcomes.ts';
import { type Refund, refundFailed, refundSucceeded } from './refunds.ts';

const BATCH = 50;

/** Does all that is due. */
export function doWhatIsDue(services: Pick<Call, 'store' | 'settings' | 'faults'>): void {
  const { store } = services;
  for (;;) {
    const due = store.dueDates.due(BATCH);
    if (due.length === 0) return;
    // All of a batch in one commit: charges are settled in the background as fast as they come.
    store.transaction(() => {
      for (const each of due) if (store.dueDates.remove(each)) work(services, each);
    });
  }
}

function work(services: Pick<Call, 'store' | 'settings' | 'faults'>, { account, object: id, what }: DueDate): void {
  const call = outsideCall(services, account, randomId('req_', 14));
  WORK[what](call, id);
}

const WORK: Readonly<Record<DueWork, (call: Call, id: string) => void>> = {
  settle_charge(call, id) {
    const charge = call.store.objects.get<Charge>(call.account, 'charge', id);
    if (charge) settleCharge(call, charge);
  },
  settle_refund(call, id) {
    const refund = call.store.objects.get<Refund>(call.account, 'refund', id);
    if (refund) refundSucceeded(call, refund);
  },
  fail_refund(call, id) {
    const refund = call.store.objects.get<Refund>(call.account, 'refund', id);
    if (refund) refundFailed(call, refund);
  },
  expire_authorization(call, id) {
    const intent = call.store.objects.get<Intent>(call.account, 'payment_intent', id);
    if (intent?.status === 'requires_capture') canceled(call, intent, 'automatic', 'charge.expired');
  },
};
