CREATE TABLE "ledger_comparison" (
	"day" date PRIMARY KEY NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"compared" integer DEFAULT 0 NOT NULL,
	"differences" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_difference" (
	"provider_object_id" text NOT NULL,
	"kind" text NOT NULL,
	"order_id" uuid,
	"ours_minor" integer,
	"theirs_minor" integer,
	"currency" text NOT NULL,
	"found_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	CONSTRAINT "ledger_difference_provider_object_id_kind_pk" PRIMARY KEY("provider_object_id","kind"),
	CONSTRAINT "ledger_difference_kind" CHECK ("ledger_difference"."kind" in ('missing_here', 'missing_there', 'amount_differs', 'second_charge'))
);
--> statement-breakpoint
ALTER TABLE "ledger_posting" DROP CONSTRAINT "ledger_posting_kind";
--> statement-breakpoint
ALTER TABLE "orders" DROP CONSTRAINT "orders_total";
--> statement-breakpoint
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_kind";
--> statement-breakpoint
DROP INDEX "outbox_due";
--> statement-breakpoint
DROP INDEX "provider_event_inbox";
--> statement-breakpoint
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_order_id_kind_pk";
--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "attempt" integer;
--> statement-breakpoint
ALTER TABLE "checkout" ADD COLUMN "promotion_code" text;
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "discount_minor" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "promotion_code" text;
--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "subject_id" uuid DEFAULT '00000000-0000-0000-0000-000000000000' NOT NULL;
--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_order_id_kind_subject_id_pk" PRIMARY KEY("order_id","kind","subject_id");
--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "dead_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "payment" ADD COLUMN "dispute" text;
--> statement-breakpoint
ALTER TABLE "payment" ADD COLUMN "ask_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "payment_attempt" ADD COLUMN "replays" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "provider_event" ADD COLUMN "due_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL;
--> statement-breakpoint
ALTER TABLE "provider_event" ADD COLUMN "last_error" text;
--> statement-breakpoint
ALTER TABLE "provider_event" ADD COLUMN "parked_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "refund" ADD COLUMN "actor" text DEFAULT 'operator' NOT NULL;
--> statement-breakpoint
ALTER TABLE "refund" ALTER COLUMN "actor" DROP DEFAULT;
--> statement-breakpoint
ALTER TABLE "refund" ADD COLUMN "lines" integer[] DEFAULT '{}'::integer[] NOT NULL;
--> statement-breakpoint
ALTER TABLE "refund" ADD COLUMN "failure" text;
--> statement-breakpoint
ALTER TABLE "refund" ADD COLUMN "ask_at" timestamp (3) with time zone;
--> statement-breakpoint
CREATE INDEX "orders_review" ON "orders" USING btree ("review_reason") WHERE "orders"."review_reason" is not null;
--> statement-breakpoint
CREATE INDEX "payment_ask" ON "payment" USING btree ("ask_at") WHERE "payment"."ask_at" is not null;
--> statement-breakpoint
CREATE INDEX "refund_provider" ON "refund" USING btree ("provider_refund_id");
--> statement-breakpoint
CREATE INDEX "refund_ask" ON "refund" USING btree ("ask_at") WHERE "refund"."ask_at" is not null;
--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("due_at") WHERE "outbox"."delivered_at" is null and "outbox"."dead_at" is null;
--> statement-breakpoint
CREATE INDEX "provider_event_inbox" ON "provider_event" USING btree ("due_at") WHERE "provider_event"."applied_at" is null and "provider_event"."parked_at" is null;
--> statement-breakpoint
ALTER TABLE "ledger_posting" ADD CONSTRAINT "ledger_posting_kind" CHECK ("ledger_posting"."kind" in ('charge', 'refund', 'refund_reversal'));
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_discount" CHECK ("orders"."discount_minor" between 0 and "orders"."subtotal_minor");
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_promotion" CHECK ("orders"."discount_minor" = 0 or "orders"."promotion_code" is not null);
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_total" CHECK ("orders"."total_minor" = "orders"."subtotal_minor" - "orders"."discount_minor" + "orders"."shipping_minor" and "orders"."total_minor" > 0);
--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_kind" CHECK ("outbox"."kind" in ('receipt', 'refund_notice'));
--> statement-breakpoint
ALTER TABLE "payment" ADD CONSTRAINT "payment_dispute" CHECK ("payment"."dispute" in ('open', 'closed', 'lost'));
--> statement-breakpoint
ALTER TABLE "refund" ADD CONSTRAINT "refund_ended" CHECK (("refund"."state" = 'pending') = ("refund"."ended_at" is null));
--> statement-breakpoint
-- Payments that are open while this runs are asked about as well.
UPDATE "payment" SET "ask_at" = statement_timestamp() WHERE "state" in ('new', 'requires_action', 'processing') and "intent_id" is not null;
