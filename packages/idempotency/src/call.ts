// A call to the outside: no transaction is open. What decides:
//
//   not sent by anybody yet                      send
//   perhaps sent, by us or an earlier holder     lookup; only its `absent` allows another send, under the same key
//   the same, past resendWithinMs                lookup, then cancel instead of send; without `cancel`: park
//   send threw or does not know                  one lookup at once; its `absent` proves nothing yet, as the request may
//                                                still be on its way: unknown, and looked up again at the next try
import { type Answer, unknown } from './answers.ts';
import { type Engine, inSpan, leaseLost, type Run } from './engine.ts';
import { derivedKey } from './identity.ts';
import { isTooLarge, storedCopy } from './texts.ts';
import type { CallContext, CallPhase } from './workflow.ts';

/** What a call has come to; `park` = nothing may be sent any more and nobody knows what became of it. */
export type Heard = Answer | { readonly status: 'park' };

type Ask = (call: CallContext, known: Run['known']) => Promise<Answer>;

/** @throws {LeaseLostError} when the lease has ended before anything was sent. */
export async function callOutside<Tx>(engine: Engine<Tx>, run: Run, phase: CallPhase): Promise<Heard> {
  const ask = (what: CallPhase['send']) => withinLease(engine, run, phase, what as unknown as Ask);
  if (run.maybeSent) {
    const found: Answer = phase.lookup ? await ask(phase.lookup) : { status: 'absent' };
    if (found.status !== 'absent') return found;
    if (performance.now() - run.advancedAt >= (phase.resendWithinMs ?? Number.POSITIVE_INFINITY)) {
      if (phase.cancel === undefined) return { status: 'park' };
      const cancelled = await ask(phase.cancel);
      return cancelled.status === 'absent' ? unknown('the cancel said nothing certain') : cancelled;
    }
  }
  await engine.at(`sending:${phase.name}`, run.request);
  const sent = await ask(phase.send);
  if (sent.status !== 'unknown' || phase.lookup === undefined || leftMs(run) <= 0) return sent;
  const found = await ask(phase.lookup);
  return found.status === 'absent' || found.status === 'unknown' ? sent : found;
}

/** Whole milliseconds of our lease that are left, as far as we know: it may be longer, never shorter. */
const leftMs = (run: Run): number => Math.floor(run.leaseEndsAt - performance.now());

/** Asks once, for at most four fifths of what is left of the lease: the rest is for storing the answer. */
async function withinLease<Tx>(engine: Engine<Tx>, run: Run, phase: CallPhase, ask: Ask): Promise<Answer> {
  const timeoutMs = Math.floor(leftMs(run) * 0.8);
  // A process that slept past its lease must not send: somebody else may have sent, and settled, long ago.
  if (timeoutMs <= 0) throw leaseLost(engine, run);
  const abort = new AbortController();
  const tooLate = new Promise<Answer>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(unknown(abort.signal.reason)), { once: true });
  });
  const timer = setTimeout(
    () => abort.abort(new DOMException(`no answer in ${timeoutMs} ms`, 'TimeoutError')),
    timeoutMs,
  );
  const call: CallContext = {
    services: engine.services,
    key: phase.key?.(run.known as never) ?? derivedKey(run.request, phase.name),
    signal: abort.signal,
    timeoutMs,
    leftMs: () => leftMs(run),
    fence: run.fence,
    waited: run.waited,
  };
  try {
    const asked = () => Promise.race([answerOf(engine, ask, call, run.known), tooLate]);
    return await inSpan(engine, run.request, { call: phase.name }, asked); // a call that ignores its signal holds nobody up
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf<Tx>(engine: Engine<Tx>, ask: Ask, call: CallContext, known: Run['known']): Promise<Answer> {
  try {
    return checked(engine, await ask(call, known));
  } catch (error) {
    return unknown(error);
  }
}

/** Takes the answer as it will be read back. What is no answer, or cannot be stored, tells nothing: unknown. */
function checked<Tx>(engine: Engine<Tx>, answer: Answer): Answer {
  switch (answer?.status) {
    case 'answered':
      return { status: 'answered', value: storedCopy(engine, answer.value) };
    case 'declined':
      return { status: 'declined', reason: storedCopy(engine, answer.reason) };
    case 'waiting':
      return { ...answer, details: storable(engine, answer.details) ?? null };
    case 'unknown':
    case 'absent':
      return answer;
    default:
      return unknown(new TypeError('a call answers answered(), declined(), waiting(), unknown() or absent'));
  }
}

/** An answer that is too large for progress fails the next phase, loudly; details have no next phase. */
function storable<Tx>(engine: Engine<Tx>, details: unknown): unknown {
  const text = engine.texts.encode(details);
  if (isTooLarge(engine, text))
    throw new RangeError(`details of a wait are more than maxOutcomeBytes (${engine.maxOutcomeBytes})`);
  return engine.texts.decode(text);
}
