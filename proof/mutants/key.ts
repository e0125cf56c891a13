import { library } from './killers.ts';
import type { Mutant } from './mutant.ts';

const LIBRARY = 'packages/idempotency/src';

/** Mistakes with what a key is the same as, and with what is sent under one. */
export const KEY: readonly Mutant[] = [
  {
    name: 'fingerprint not compared',
    breaks: 'another request under the same key gets the first one’s answer',
    changes: [
      {
        file: `${LIBRARY}/state.ts`,
        from: "  if (fingerprints?.includes(found.fingerprint) === false) return { kind: 'mismatch' };\n",
        to: "  if (fingerprints?.length === 0) return { kind: 'mismatch' };\n",
      },
    ],
    killer: library('refusal', 'the same key with another input is refused, and the record stays as it is'),
  },
  {
    name: 'key scope left out',
    breaks: 'the same key of two customers is one operation',
    changes: [
      {
        file: `${LIBRARY}/identity.ts`,
        from: "const hex = digest(scope, operation, key).toString('hex');",
        to: "const hex = digest(scope.slice(0, 0), operation, key).toString('hex');",
      },
    ],
    killer: library('claim', 'the same key in another scope or another operation is another operation'),
  },
  {
    name: 'parts run together',
    breaks: '(ab, c) and (a, bc) are the same identity',
    changes: [
      {
        file: `${LIBRARY}/identity.ts`,
        from: 'hash.update(`${Buffer.byteLength(part)}:`).update(part)',
        to: 'hash.update(part)',
      },
    ],
    killer: library('claim', '(ab, c) and (a, bc) do not meet'),
  },
  {
    name: 'members as they come',
    breaks: 'a retry whose members stand in another order is another request',
    changes: [
      {
        file: `${LIBRARY}/canonical.ts`,
        from: '    .sort(([a], [b]) => (a < b ? -1 : 1)) // by UTF-16 code units\n',
        to: '',
      },
    ],
    killer: library('canonical', 'does not depend on the order of members'),
  },
  {
    name: 'random provider key',
    breaks: 'each try of a call is another request for the provider',
    changes: [
      {
        file: `${LIBRARY}/identity.ts`,
        from: "`once_${digest(scope, operation, key, call).toString('base64url')}`",
        to: "`once_${digest(scope, operation, key, call, String(Math.random())).toString('base64url')}`",
      },
    ],
    killer: library(
      'call',
      'a derived key is the same in every try and after the record is lost, and another for another phase',
    ),
  },
  {
    name: 'provider key by the fence',
    breaks: 'whoever takes over sends under another key',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: 'derivedKey(run.request, phase.name),',
        to: 'derivedKey(run.request, `${phase.name}${run.fence}`),',
      },
    ],
    killer: library('call', 'absent, it is sent again under the same key'),
  },
  {
    name: 'sent again without a look',
    breaks: 'what an earlier holder may have sent is sent once more',
    changes: [
      { file: `${LIBRARY}/call.ts`, from: 'if (run.maybeSent) {', to: 'if (run.maybeSent && run.fence < 0) {' },
    ],
    killer: library('call', 'what may have been sent is looked up before it is sent again: found, it is not'),
  },
  {
    name: 'sent after the lease',
    breaks: 'a process that slept past its lease sends when another has sent and settled',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: '  if (timeoutMs <= 0) throw leaseLost(engine, run);\n',
        to: '',
      },
    ],
    killer: library('call', 'a process that slept past its lease sends nothing'),
  },
  {
    name: 'a throw is a no',
    breaks: 'a lost answer is stored as a decline',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: '  } catch (error) {\n    return unknown(error);\n  }',
        to: "  } catch (error) {\n    return { status: 'declined', reason: String(error) };\n  }",
      },
    ],
    killer: library('call', 'a send that throws is looked up at once'),
  },
  {
    name: 'sent past the provider’s memory',
    breaks: 'a call is sent again when the provider may have forgotten its key',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: '>= (phase.resendWithinMs ?? Number.POSITIVE_INFINITY)',
        to: '>= (phase.resendWithinMs ?? 0) + Number.POSITIVE_INFINITY',
      },
    ],
    killer: library('horizon', 'past resendWithinMs nothing is sent again: looked up, then parked'),
  },
];
