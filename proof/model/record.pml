/* Generated from packages/idempotency/src/statements.ts: node proof/model/generate.ts > proof/model/record.pml */
#define IN_FLIGHT 0
#define WAITING 1
#define SUCCEEDED 2
#define REJECTED 3
#define NEEDS_REVIEW 4
#define EXPIRED 5
#define GONE 6
#define advance_from(s) ((s) == IN_FLIGHT)
#define ADVANCE_FENCED 1
#define ADVANCE_RAISES_FENCE 0
#define ADVANCE_IF_DUE 0
#define settle_from(s) ((s) == IN_FLIGHT)
#define SETTLE_FENCED 1
#define SETTLE_RAISES_FENCE 0
#define SETTLE_IF_DUE 0
#define wait_from(s) ((s) == IN_FLIGHT)
#define WAIT_FENCED 1
#define WAIT_RAISES_FENCE 0
#define WAIT_IF_DUE 0
#define take_over_from(s) ((s) == IN_FLIGHT || (s) == WAITING)
#define TAKE_OVER_FENCED 0
#define TAKE_OVER_RAISES_FENCE 1
#define TAKE_OVER_IF_DUE 1
#define wake_from(s) ((s) == WAITING || (s) == NEEDS_REVIEW)
#define WAKE_FENCED 0
#define WAKE_RAISES_FENCE 0
#define WAKE_IF_DUE 0
#define expire_from(s) ((s) == SUCCEEDED || (s) == REJECTED)
#define EXPIRE_FENCED 0
#define EXPIRE_RAISES_FENCE 0
#define EXPIRE_IF_DUE 0
#define forget_from(s) ((s) == EXPIRED)
#define FORGET_FENCED 0
#define FORGET_RAISES_FENCE 0
#define FORGET_IF_DUE 0
