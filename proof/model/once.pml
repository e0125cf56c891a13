/*
 * One checkout X that is paid by card, for one numbered copy which a rival wants too. Two web processes, a worker, the loop
 * that ends holds, the shopper's cancel and the webhook act on it; processes die and stall, answers are lost, the bank takes
 * its time, the provider forgets its keys, records expire, a standby that lags behind takes over.
 *
 * Every atomic block is what the code does in one commit, one statement or one call; the process may die before each.
 * What moves a record is guarded by the macros of record.pml, which is generated from the library's SQL.
 *
 * MUST(name, condition) is a property; docs/proof.md says each in words. DEFECT plants one mistake, by its number in
 * defects.ts. Budgets and DEFECT come from the environment, so that one compiled verifier serves every run.
 */
#include "record.pml"

c_decl { extern int from_environment(const char *name, int otherwise); }
c_code {
  int from_environment(const char *name, int otherwise) { const char *text = getenv(name); return text ? atoi(text) : otherwise; }
}

hidden byte DEFECT, REQUESTS, CRASHES, STALLS, LOSSES, FAILED_CREATES, SERVER_ERRORS, PROCESSINGS, HOOKS, EXPIRIES,
  CANCELS, DAYS, FAILOVERS, OPERATORS, WEBS;

/* order */
#define UNBORN 0
#define RESERVED 1
#define PAID 2
#define CANCELLED 3
/* copy */
#define HELD 0
#define FREE 1
#define SOLD 2
#define RIVALS 3
/* intent at the provider */
#define NO_INTENT 0
#define TO_CONFIRM 1
#define PROCESSING 2
#define CHARGED 3
#define CANCELED 4
/* what a call was answered */
#define NOTHING 0
#define YES 1
#define DECLINED 2
#define LATER 3
#define REFUSED 4
#define SERVER_ERROR 5
#define LOST 6
#define CANCELED_NOW 7

typedef Database {
  byte rec[2]; byte fence[2]; bit due[2]; bit remembered[2]; bit met[2];
  byte order; byte copy; byte intent; byte refusals; byte open;
};
Database db, standby;
bit hold = 1, review = 0, copied = 0;

/* the provider */
byte intents = 0, status[4], createdUnder[2], confirmedUnder[2], confirmedFence[2], cancelledUnder = 0;
bit refusedCard[4], tokenGone[2];
byte triedBy = 0; /* attempt + 1 whose confirm the bank is at */
byte lateAttempt = 0, lateIntent = 0; /* a confirm that is still on its way */

/* what happened, for the properties */
byte charges = 0; bit chargedFor[2], toldNo[2], tried[2], freed = 0, toldPaid = 0;
bit aged[2]; byte day = 0;
byte requests = 0, crashes = 0, stalls = 0, losses = 0, failedCreates = 0, serverErrors = 0, processings = 0, hooks = 0,
  expiries = 0, cancels = 0, failovers = 0, operators = 0;

bit one_charge = 1, one_owner = 1, no_lie = 1, freed_safely = 1, one_outcome = 1, tried_once = 1, paid_means_charged = 1,
  no_payment_lost = 1, comes_to_rest = 1;
#define MUST(name, condition) if :: (condition) -> skip :: else -> name = 0; assert(name) fi

#define SETTLED(s) ((s) == SUCCEEDED || (s) == REJECTED)
#define OPEN(s) ((s) == IN_FLIGHT || (s) == WAITING)
#define HOLDS_IT(a, f, allowed, fenced) (allowed(db.rec[a]) && (!(fenced) || DEFECT == 1 || db.fence[a] == (f)))
#define MAY_TAKE(a) (take_over_from(db.rec[a]) && (db.due[a] || !TAKE_OVER_IF_DUE))

/* A process dies: its lease ends. It starts again, knowing nothing. */
#define MAY_DIE if :: crashes < CRASHES -> crashes++; if :: f != 0 && db.rec[a] == IN_FLIGHT && db.fence[a] == f && DEFECT != 20 -> db.due[a] = 1 :: else fi; goto next :: true fi

inline say_no(n) { MUST(no_lie, !chargedFor[n] || failovers > 0); toldNo[n] = 1 }

inline end_record(n, outcome) {
  MUST(one_outcome, !SETTLED(db.rec[n]));
  db.rec[n] = outcome; db.due[n] = 0
}

inline charge(n, p) {
  charges++; chargedFor[n] = 1; status[p] = CHARGED; refusedCard[p] = 0;
  MUST(one_charge, charges <= 1);
  MUST(no_lie, !toldNo[n] || failovers > 0);
  MUST(freed_safely, !freed || failovers > 0)
}

inline free_copy() {
  if
  :: db.copy == HELD ->
     MUST(freed_safely, db.intent == 0 || status[db.intent] == CANCELED || failovers > 0);
     db.copy = FREE; freed = 1
  :: else
  fi
}

/* UPDATE … WHERE state = 'reserved', or a checkout that no order was born of. */
inline cancel_order() {
  if
  :: db.order == UNBORN || db.order == RESERVED ->
     db.order = CANCELLED; db.open = 0; free_copy(); say_no(0); say_no(1)
  :: else
  fi
}

/* settlePayment of an intent that succeeded: late money for a cancelled order too. */
inline settle_paid() {
  if
  :: db.order == RESERVED || db.order == CANCELLED ->
     MUST(paid_means_charged, charges > 0);
     db.order = PAID; db.open = 0; toldPaid = 1;
     if
     :: db.copy == HELD || db.copy == FREE || DEFECT == 6 -> MUST(one_owner, db.copy != RIVALS); db.copy = SOLD
     :: else -> review = 1
     fi
  :: else
  fi
}

/* The provider: one confirm. Under a key that it knows it answers what it answered. */
inline confirm_at_provider(n, p, f_, answer) {
  if
  :: confirmedUnder[n] != NOTHING && (DEFECT != 2 || confirmedFence[n] == f_) -> answer = confirmedUnder[n]
  :: else ->
     if
     :: status[p] == TO_CONFIRM && tokenGone[n] -> answer = REFUSED
     :: status[p] == TO_CONFIRM && !tokenGone[n] ->
        tokenGone[n] = (DEFECT != 19);
        if
        :: charge(n, p); answer = YES
        :: refusedCard[p] = 1; answer = DECLINED
        :: processings < PROCESSINGS -> processings++; status[p] = PROCESSING; triedBy = n + 1; answer = LATER
        :: serverErrors < SERVER_ERRORS -> serverErrors++; answer = SERVER_ERROR
        :: serverErrors < SERVER_ERRORS -> serverErrors++; charge(n, p); answer = SERVER_ERROR
        fi
     :: else -> answer = REFUSED
     fi;
     confirmedUnder[n] = answer; if :: DEFECT == 2 -> confirmedFence[n] = f_ :: else fi
  fi
}

inline cancel_at_provider(p, answer) {
  if
  :: DEFECT == 17 && cancelledUnder != NOTHING -> answer = cancelledUnder
  :: else ->
     if
     :: status[p] == TO_CONFIRM || status[p] == CANCELED -> status[p] = CANCELED; answer = CANCELED_NOW
     :: status[p] == PROCESSING -> answer = LATER
     :: status[p] == CHARGED -> answer = YES
     fi;
     if :: DEFECT == 17 -> cancelledUnder = answer :: else fi
  fi;
  if :: DEFECT == 5 -> answer = CANCELED_NOW :: else fi
}

/* Not the first attempt, or older than the provider's keys: an intent may be there of which a restored database knows nothing. */
#define LISTS_FIRST ((day >= 1 || a == 1) && DEFECT != 22 && DEFECT != 8 && intents > 0)

proctype Payer(bit isWorker) {
  byte a, f, pi, said; bit maybeSent;
next:
  atomic { a = 0; f = 0; pi = 0; said = NOTHING; maybeSent = 0 };
end:
  atomic {
    if
    :: isWorker && MAY_TAKE(0) -> a = 0; goto take
    :: isWorker && MAY_TAKE(1) -> a = 1; goto take
    :: !isWorker && requests < REQUESTS ->
       requests++;
       if :: a = 0 :: db.refusals == 1 -> a = 1 fi; /* a page that is out of date, or one that is not */
       if
       :: MAY_TAKE(a) -> goto take
       :: db.rec[a] == GONE -> goto claim
       :: else -> goto next /* in flight, waiting, settled or expired: answered as it stands */
       fi
    fi;

claim: /* one commit: the record, the order, the copy, the attempt */
    if
    :: db.order == PAID || db.order == CANCELLED || (DEFECT != 14 && (a != db.refusals || db.open != 0)) -> goto next
    :: else
    fi;
    MUST(tried_once, !tried[a] || failovers > 0);
    tried[a] = 1;
    if
    :: !hold || (db.order == UNBORN && db.copy != HELD && db.copy != FREE) || (db.order == RESERVED && db.copy != HELD) ->
       db.rec[a] = REJECTED; db.refusals = a + 1; say_no(a); goto next
    :: else
    fi;
    db.copy = HELD; freed = 0;
    db.rec[a] = IN_FLIGHT; db.fence[a] = 1; f = 1; db.due[a] = 0; db.remembered[a] = 0; db.met[a] = 0;
    db.order = RESERVED; db.open = a + 1; hold = 1; pi = db.intent;
    goto intend;

take:
    if :: TAKE_OVER_RAISES_FENCE -> db.fence[a]++ :: else fi;
    f = db.fence[a]; db.due[a] = 0; db.rec[a] = IN_FLIGHT; maybeSent = db.remembered[a]; pi = db.intent;
    if :: db.remembered[a] -> goto confirm :: else fi
  };

intend: /* an unconfirmed intent cannot charge, so a failed create is a no */
  atomic { MAY_DIE;
    if
    :: pi != 0 && DEFECT != 8 -> goto remember
    :: tokenGone[a] && DEFECT != 19 -> goto refuse
    :: (pi == 0 || DEFECT == 8) && (!tokenGone[a] || DEFECT == 19) ->
       if
       :: failedCreates < FAILED_CREATES -> failedCreates++; goto refuse
       :: LISTS_FIRST -> pi = 1 /* listed first: its oldest, which is the one that was used */
       :: !LISTS_FIRST && createdUnder[a] != 0 && DEFECT != 21 -> pi = createdUnder[a]
       :: !LISTS_FIRST && (createdUnder[a] == 0 || DEFECT == 21) && intents < 3 ->
          intents++; status[intents] = TO_CONFIRM; createdUnder[a] = intents; pi = intents;
          if :: failedCreates < FAILED_CREATES -> failedCreates++; goto refuse :: true fi
       :: !LISTS_FIRST && (createdUnder[a] == 0 || DEFECT == 21) && intents == 3 -> goto refuse
       fi
    fi
  };

remember: /* one commit: the intent, once for life, while the order is reserved */
  atomic { MAY_DIE;
    if
    :: HOLDS_IT(a, f, advance_from, ADVANCE_FENCED) && (DEFECT == 1 || !db.remembered[a]) ->
       if
       :: db.order != RESERVED && DEFECT != 12 -> end_record(a, REJECTED); db.refusals = a + 1; say_no(a); goto next
       :: else ->
          if :: db.intent == 0 || DEFECT == 8 -> db.intent = pi :: else -> if :: DEFECT != 11 -> pi = db.intent :: else fi fi;
          db.remembered[a] = 1
       fi
    :: else -> goto next
    fi
  };

confirm:
  atomic { MAY_DIE;
    if :: maybeSent -> goto look :: else -> if :: hold -> skip :: else -> goto cancel fi fi
  };

send:
  atomic { MAY_DIE;
    if
    :: confirm_at_provider(a, pi, f, said)
    :: losses < LOSSES -> losses++; confirm_at_provider(a, pi, f, said); said = LOST
    :: losses < LOSSES -> losses++; said = LOST
    :: losses < LOSSES && lateAttempt == 0 -> losses++; lateAttempt = a + 1; lateIntent = pi; said = LOST
    fi;
    maybeSent = 1;
    if
    :: said == YES -> goto paid
    :: said == DECLINED -> goto refuse
    :: said == LATER -> goto wait
    :: said == SERVER_ERROR -> if :: DEFECT == 16 -> goto refuse :: else -> goto cancel fi
    :: said == LOST && DEFECT == 15 -> goto refuse
    :: said == LOST && DEFECT != 15 || said == REFUSED -> skip
    fi
  };

look:
  atomic { MAY_DIE;
    if
    :: status[pi] == CHARGED -> goto paid
    :: status[pi] == CANCELED -> goto cancelled
    :: status[pi] == PROCESSING -> goto wait
    :: status[pi] == TO_CONFIRM ->
       if
       :: refusedCard[pi] && (db.met[a] || DEFECT == 3) -> goto refuse
       :: said == REFUSED -> goto refuse /* the token is used up or over */
       :: said == LOST -> goto wait /* it may still be on its way: nothing is concluded yet */
       :: said == NOTHING && !(refusedCard[pi] && (db.met[a] || DEFECT == 3)) ->
          if :: !hold || (aged[a] && DEFECT != 18) -> goto cancel :: else -> goto send fi
       fi
    fi
  };

cancel: /* canceled is the no, charged the yes */
  atomic { MAY_DIE;
    cancel_at_provider(pi, said);
    if :: losses < LOSSES -> losses++; said = LOST :: true fi;
    if
    :: said == CANCELED_NOW -> goto cancelled
    :: said == YES -> goto paid
    :: said == LATER -> goto wait
    :: said == LOST -> said = NOTHING; maybeSent = 1; goto look
    fi
  };

paid:
  atomic { MAY_DIE;
    if :: HOLDS_IT(a, f, settle_from, SETTLE_FENCED) -> settle_paid(); end_record(a, SUCCEEDED) :: else fi;
    goto next
  };

cancelled:
  atomic { MAY_DIE;
    if
    :: HOLDS_IT(a, f, settle_from, SETTLE_FENCED) ->
       cancel_order(); end_record(a, REJECTED); if :: db.refusals == a -> db.refusals = a + 1 :: else fi; say_no(a)
    :: else
    fi;
    goto next
  };

wait:
  atomic { MAY_DIE;
    if
    :: HOLDS_IT(a, f, wait_from, WAIT_FENCED) -> db.rec[a] = WAITING; db.due[a] = 0; if :: said == LATER -> db.met[a] = 1 :: else fi
    :: else
    fi;
    goto next
  };

refuse:
  atomic { MAY_DIE;
    if
    :: HOLDS_IT(a, f, settle_from, SETTLE_FENCED) ->
       end_record(a, REJECTED); say_no(a);
       if :: db.open == a + 1 -> db.open = 0 :: else fi;
       if :: db.refusals == a -> db.refusals = a + 1 :: else fi;
       if :: DEFECT == 4 -> free_copy() :: else fi
    :: else
    fi;
    goto next
  }
}

inline wake_all() {
  if :: wake_from(db.rec[0]) && DEFECT != 7 -> db.rec[0] = WAITING; db.due[0] = 1 :: else fi;
  if :: wake_from(db.rec[1]) && DEFECT != 7 -> db.rec[1] = WAITING; db.due[1] = 1 :: else fi
}

/* The loop that ends holds, and the shopper's cancel. */
proctype Ender(bit isShopper) {
  byte p, said, a = 0, f = 0;
next:
  atomic { p = 0; said = NOTHING };
end:
  atomic {
    if
    :: isShopper && cancels < CANCELS && (db.order == UNBORN || db.order == RESERVED) -> cancels++
    :: !isShopper && !hold && (db.order == UNBORN || db.order == RESERVED) && (db.intent == 0 || status[db.intent] != PROCESSING) &&
       !(DEFECT == 17 && cancelledUnder == LATER) -> skip
    fi;
    p = db.intent
  };
  if
  :: p == 0 ->
     atomic { MAY_DIE;
       /* UPDATE payment … WHERE intent_id IS NULL */
       if :: db.intent == 0 || DEFECT == 13 -> if :: isShopper || !hold -> cancel_order() :: else fi :: else fi;
       goto next
     }
  :: else
  fi;
  atomic { MAY_DIE;
    cancel_at_provider(p, said);
    if :: losses < LOSSES -> losses++; said = LOST :: true fi;
    if :: said == LATER || said == LOST -> goto next :: else fi
  };
  atomic { MAY_DIE;
    if
    :: p != db.intent -> skip /* a standby took over that does not know it */
    :: p == db.intent && said == CANCELED_NOW -> cancel_order()
    :: p == db.intent && said == YES -> settle_paid()
    fi;
    wake_all();
    goto next
  }
}

/* Webhook, return page, inbox and the daily comparison: a hint, then the intent as it is. */
proctype Hook() {
  byte p, s;
next:
  atomic { p = 0; s = 0 };
end:
  atomic { hooks < HOOKS && intents > 0; hooks++; if :: p = 1 :: intents > 1 -> p = 2 fi; s = status[p] };
  atomic {
    if
    :: crashes < CRASHES -> crashes++; hooks-- /* the provider tells again */
    :: DEFECT == 10 && s == PROCESSING -> settle_paid() /* believes what the event says it will be */
    :: DEFECT == 9 && s == TO_CONFIRM && refusedCard[p] && db.open != 0 && OPEN(db.rec[db.open - 1]) ->
       end_record(db.open - 1, REJECTED); say_no(db.open - 1); db.refusals = db.open; db.open = 0
    :: s == CHARGED && (db.order == RESERVED || db.order == CANCELLED) && (db.intent == 0 || db.intent == p) ->
       db.intent = p; settle_paid(); wake_all()
    :: s == CHARGED && db.intent != 0 && db.intent != p -> review = 1 /* a second charge: a person must look */
    :: s == CHARGED && db.order == UNBORN -> review = 1 /* money without an order: the comparison tells of it */
    :: s == CANCELED && db.intent == p -> cancel_order(); wake_all()
    :: else -> wake_all()
    fi;
    goto next
  }
}

proctype Rival() {
end: atomic { db.copy == FREE; db.copy = RIVALS }
}

/* Time that passes by itself: each of these happens sooner or later. */
active proctype Hold() {
end: do :: atomic { hold && (db.order == UNBORN || db.order == RESERVED) -> hold = 0 } od }
active proctype Waits() {
end: do
  :: atomic { db.rec[0] == WAITING && !db.due[0] && (db.intent == 0 || status[db.intent] != PROCESSING) && DEFECT != 7 -> db.due[0] = 1 }
  :: atomic { db.rec[1] == WAITING && !db.due[1] && (db.intent == 0 || status[db.intent] != PROCESSING) && DEFECT != 7 -> db.due[1] = 1 }
  od }
active proctype Bank() {
end: do
  :: atomic { triedBy != 0 && db.intent != 0 && status[db.intent] == PROCESSING ->
       if :: charge(triedBy - 1, db.intent) :: status[db.intent] = TO_CONFIRM; refusedCard[db.intent] = 1 fi; triedBy = 0 }
  :: atomic { triedBy != 0 && db.intent == 0 && intents > 0 && status[1] == PROCESSING -> charge(triedBy - 1, 1); triedBy = 0 }
  od }

inline move_database(to, from) {
  to.rec[0] = from.rec[0]; to.rec[1] = from.rec[1]; to.fence[0] = from.fence[0]; to.fence[1] = from.fence[1];
  to.due[0] = from.due[0]; to.due[1] = from.due[1]; to.remembered[0] = from.remembered[0]; to.remembered[1] = from.remembered[1];
  to.met[0] = from.met[0]; to.met[1] = from.met[1];
  to.order = from.order; to.copy = from.copy; to.intent = from.intent; to.refusals = from.refusals; to.open = from.open
}

/* Once a day ledger and provider are compared: a charge without a paid order is found, and a person asked. */
active proctype Comparison() {
end: do :: atomic { failovers > 0 && charges > 0 && db.order != PAID && db.open == 0 && !review -> review = 1 } od }

/* What may go wrong, so often as the budgets allow. */
active proctype Faults() {
  byte answer = 0;
end: do
  :: atomic { stalls < STALLS && db.rec[0] == IN_FLIGHT && !db.due[0] -> stalls++; db.due[0] = 1 }
  :: atomic { stalls < STALLS && db.rec[1] == IN_FLIGHT && !db.due[1] -> stalls++; db.due[1] = 1 }
  :: atomic { lateAttempt != 0 -> confirm_at_provider((lateAttempt - 1), lateIntent, 0, answer); answer = 0; lateAttempt = 0; lateIntent = 0 }
  /* A token ends, and nothing is sent again, before the provider forgets. */
  :: atomic { DAYS > 0 && day == 0 -> day = 1;
       if :: tried[0] -> aged[0] = 1; if :: DEFECT != 19 -> tokenGone[0] = 1 :: else fi :: else fi;
       if :: tried[1] -> aged[1] = 1; if :: DEFECT != 19 -> tokenGone[1] = 1 :: else fi :: else fi }
  :: atomic { day == 1 -> day = 2;
       if :: aged[0] -> createdUnder[0] = 0; confirmedUnder[0] = NOTHING :: else fi;
       if :: aged[1] -> createdUnder[1] = 0; confirmedUnder[1] = NOTHING :: else fi }
  :: atomic { expiries < EXPIRIES && (expire_from(db.rec[0])) -> expiries++; db.rec[0] = EXPIRED }
  :: atomic { expiries < EXPIRIES && (expire_from(db.rec[1])) -> expiries++; db.rec[1] = EXPIRED }
  :: atomic { forget_from(db.rec[0]) -> db.rec[0] = GONE }
  :: atomic { forget_from(db.rec[1]) -> db.rec[1] = GONE }
  :: atomic { operators < OPERATORS && db.copy == HELD -> operators++; db.copy = FREE }
  /* A standby that has come so far, and becomes the primary later: what was committed in between is gone. */
  :: atomic { FAILOVERS > 0 && !copied -> copied = 1; move_database(standby, db) }
  :: atomic { FAILOVERS > 0 && copied && failovers == 0 -> failovers = 1; move_database(db, standby);
       if :: tokenGone[0] = 0 :: true fi; /* the shopper, asked again, may type the card again */
       if :: db.rec[0] == IN_FLIGHT -> db.due[0] = 1 :: else fi; if :: db.rec[1] == IN_FLIGHT -> db.due[1] = 1 :: else fi }
  od }

#define AT_REST ((db.order == PAID || db.order == CANCELLED) && !OPEN(db.rec[0]) && !OPEN(db.rec[1]))

/* When nobody can do anything any more. */
active proctype Rest() {
  timeout;
  atomic {
    MUST(comes_to_rest, AT_REST);
    MUST(no_payment_lost, charges == 0 || db.order == PAID || review);
    MUST(paid_means_charged, db.order != PAID || charges > 0)
  }
}

init {
  atomic {
    db.rec[0] = GONE; db.rec[1] = GONE; db.copy = HELD;
    c_code {
      DEFECT = from_environment("DEFECT", 0); REQUESTS = from_environment("REQUESTS", 3); WEBS = from_environment("WEBS", 2);
      CRASHES = from_environment("CRASHES", 0); STALLS = from_environment("STALLS", 0); LOSSES = from_environment("LOSSES", 0);
      FAILED_CREATES = from_environment("FAILED_CREATES", 0); SERVER_ERRORS = from_environment("SERVER_ERRORS", 0);
      PROCESSINGS = from_environment("PROCESSINGS", 0); HOOKS = from_environment("HOOKS", 0);
      EXPIRIES = from_environment("EXPIRIES", 0); CANCELS = from_environment("CANCELS", 0); DAYS = from_environment("DAYS", 0);
      FAILOVERS = from_environment("FAILOVERS", 0); OPERATORS = from_environment("OPERATORS", 0);
    };
    run Payer(0); if :: WEBS > 1 -> run Payer(0) :: else fi; run Payer(1);
    run Ender(0); if :: CANCELS > 0 -> run Ender(1) :: else fi; if :: HOOKS > 0 -> run Hook() :: else fi; run Rival()
  }
}

#ifdef LIVENESS
ltl rests { <> [] AT_REST }
#endif
