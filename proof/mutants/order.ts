import type { Killer, Mutant } from './mutant.ts';

const CHECKOUT = 'packages/checkout/src';
const STATEMENTS = 'packages/idempotency/src/statements.ts';
const EVERY_ORDER: Killer = {
  layer: 'schedules',
  file: 'proof/test/schedules.test.ts',
  title: 'two processes in every order, with a crash after any step: six pairs, nothing is violated',
};

/** Mistakes that only show in some order of two processes: in the model, and in the real code. */
export const ORDER: readonly Mutant[] = [
  {
    name: 'no fence, seen by the model',
    breaks: 'whoever has lost a record still writes its outcome: the guards of the model, made of the SQL, are others',
    changes: [
      {
        file: STATEMENTS,
        from: 'and fence = $2::text::integer and state = 0 returning fence::text`;',
        to: 'and $2::text is not null and state = 0 returning fence::text`;',
      },
    ],
    killer: {
      layer: 'model',
      file: 'proof/test/model.test.ts',
      title: 'the model’s states and transitions are the library’s',
    },
  },
  {
    name: 'what nobody has confirmed is a no',
    breaks: 'who takes over before the confirm has left says no, and then it leaves',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: '        : absent;\n  }',
        to: "        : recovered\n          ? declined<No>({ kind: 'card', why: 'card_declined' })\n          : absent;\n  }",
      },
    ],
    killer: EVERY_ORDER,
  },
  {
    name: 'settled twice, in every order of two processes',
    breaks: 'the press and the event of the same payment both sell, post and mail',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])))",
      },
    ],
    killer: EVERY_ORDER,
  },
];
