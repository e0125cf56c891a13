CREATE TABLE "audit" (
	"subject_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"detail" jsonb,
	"at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "audit_subject_id_id_pk" PRIMARY KEY("subject_id","id")
);
--> statement-breakpoint
CREATE TABLE "cart" (
	"id" uuid PRIMARY KEY NOT NULL,
	"checkout_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cart_line" (
	"cart_id" uuid NOT NULL,
	"edition_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"hold_until" timestamp (3) with time zone,
	"added_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "cart_line_cart_id_edition_id_number_pk" PRIMARY KEY("cart_id","edition_id","number")
);
--> statement-breakpoint
CREATE TABLE "checkout" (
	"id" uuid PRIMARY KEY NOT NULL,
	"cart_id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"refusals" integer DEFAULT 0 NOT NULL,
	"hold_until" timestamp (3) with time zone NOT NULL,
	"hold_extensions" integer DEFAULT 0 NOT NULL,
	"currency" text NOT NULL,
	"shipping_method" text DEFAULT 'tracked' NOT NULL,
	"email" text,
	"name" text,
	"line1" text,
	"line2" text,
	"postal_code" text,
	"city" text,
	"country" text,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "checkout_state" CHECK ("checkout"."state" in ('open', 'ended')),
	CONSTRAINT "checkout_ended" CHECK (("checkout"."state" = 'ended') = ("checkout"."ended_at" is not null)),
	CONSTRAINT "checkout_refusals" CHECK ("checkout"."refusals" >= 0),
	CONSTRAINT "checkout_extensions" CHECK ("checkout"."hold_extensions" between 0 and 10),
	CONSTRAINT "checkout_shipping" CHECK ("checkout"."shipping_method" in ('tracked', 'express'))
);
--> statement-breakpoint
CREATE TABLE "copy" (
	"edition_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text DEFAULT 'available' NOT NULL,
	"held_by" uuid,
	CONSTRAINT "copy_edition_id_number_pk" PRIMARY KEY("edition_id","number"),
	CONSTRAINT "copy_number" CHECK ("copy"."number" >= 1),
	CONSTRAINT "copy_state" CHECK ("copy"."state" in ('available', 'held', 'sold')),
	CONSTRAINT "copy_holder" CHECK (("copy"."state" = 'available') = ("copy"."held_by" is null))
);
--> statement-breakpoint
CREATE TABLE "edition" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"studio" text NOT NULL,
	"statement" text NOT NULL,
	"style" text NOT NULL,
	"palette" text NOT NULL,
	"stock" text NOT NULL,
	"format" text NOT NULL,
	"copies" integer NOT NULL,
	"price_minor" integer NOT NULL,
	"currency" text NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "edition_style" CHECK ("edition"."style" in ('flow', 'truchet', 'blocks', 'squares', 'cells', 'moire', 'circles', 'weave', 'ridges', 'partition', 'chords', 'strata')),
	CONSTRAINT "edition_palette" CHECK ("edition"."palette" in ('harbour', 'kiosk', 'moss', 'blueprint', 'brick', 'plum', 'ash', 'citrus')),
	CONSTRAINT "edition_stock" CHECK ("edition"."stock" in ('light', 'dark')),
	CONSTRAINT "edition_format" CHECK ("edition"."format" in ('portrait', 'landscape', 'square')),
	CONSTRAINT "edition_copies" CHECK ("edition"."copies" between 1 and 1000),
	CONSTRAINT "edition_price" CHECK ("edition"."price_minor" > 0),
	CONSTRAINT "edition_currency" CHECK ("edition"."currency" ~ '^[A-Z]{3}$')
);
--> statement-breakpoint
CREATE TABLE "ledger_posting" (
	"order_id" uuid NOT NULL,
	"provider_object_id" text NOT NULL,
	"kind" text NOT NULL,
	"debit" text NOT NULL,
	"credit" text NOT NULL,
	"amount_minor" integer NOT NULL,
	"currency" text NOT NULL,
	"posted_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "ledger_posting_order_id_provider_object_id_kind_pk" PRIMARY KEY("order_id","provider_object_id","kind"),
	CONSTRAINT "ledger_posting_kind" CHECK ("ledger_posting"."kind" in ('charge', 'refund')),
	CONSTRAINT "ledger_posting_amount" CHECK ("ledger_posting"."amount_minor" > 0 and "ledger_posting"."debit" <> "ledger_posting"."credit")
);
--> statement-breakpoint
CREATE TABLE "order_line" (
	"order_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"edition_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"edition_copies" integer NOT NULL,
	"price_minor" integer NOT NULL,
	"certificate_void_at" timestamp (3) with time zone,
	CONSTRAINT "order_line_order_id_line_pk" PRIMARY KEY("order_id","line"),
	CONSTRAINT "order_line_price" CHECK ("order_line"."price_minor" > 0)
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"cart_id" uuid NOT NULL,
	"state" text NOT NULL,
	"review_reason" text,
	"subtotal_minor" integer NOT NULL,
	"shipping_minor" integer NOT NULL,
	"tax_minor" integer NOT NULL,
	"total_minor" integer NOT NULL,
	"currency" text NOT NULL,
	"shipping_method" text NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"line1" text NOT NULL,
	"line2" text,
	"postal_code" text NOT NULL,
	"city" text NOT NULL,
	"country" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"paid_at" timestamp (3) with time zone,
	"cancelled_at" timestamp (3) with time zone,
	CONSTRAINT "orders_state" CHECK ("orders"."state" in ('reserved', 'paid', 'cancelled', 'refunded', 'returned')),
	CONSTRAINT "orders_paid_at" CHECK (("orders"."state" in ('paid', 'refunded', 'returned')) = ("orders"."paid_at" is not null)),
	CONSTRAINT "orders_total" CHECK ("orders"."total_minor" = "orders"."subtotal_minor" + "orders"."shipping_minor" and "orders"."total_minor" > 0),
	CONSTRAINT "orders_tax" CHECK ("orders"."tax_minor" between 0 and "orders"."total_minor"),
	CONSTRAINT "orders_currency" CHECK ("orders"."currency" ~ '^[A-Z]{3}$')
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"order_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	"last_error" text,
	CONSTRAINT "outbox_order_id_kind_pk" PRIMARY KEY("order_id","kind"),
	CONSTRAINT "outbox_kind" CHECK ("outbox"."kind" in ('receipt'))
);
--> statement-breakpoint
CREATE TABLE "payment" (
	"order_id" uuid PRIMARY KEY NOT NULL,
	"state" text DEFAULT 'new' NOT NULL,
	"intent_id" text,
	"open_attempt" integer,
	"redirect_url" text,
	"captured_minor" integer DEFAULT 0 NOT NULL,
	"refunded_minor" integer DEFAULT 0 NOT NULL,
	"refund_pending_minor" integer DEFAULT 0 NOT NULL,
	"currency" text NOT NULL,
	CONSTRAINT "payment_state" CHECK ("payment"."state" in ('new', 'requires_action', 'processing', 'succeeded', 'canceled')),
	CONSTRAINT "payment_refunds" CHECK ("payment"."refunded_minor" >= 0 and "payment"."refund_pending_minor" >= 0 and "payment"."captured_minor" >= "payment"."refunded_minor" + "payment"."refund_pending_minor")
);
--> statement-breakpoint
CREATE TABLE "payment_attempt" (
	"order_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"confirmation_token" text NOT NULL,
	"last4" text,
	"reason" text,
	"recovered" boolean DEFAULT false NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "payment_attempt_order_id_attempt_pk" PRIMARY KEY("order_id","attempt"),
	CONSTRAINT "payment_attempt_state" CHECK ("payment_attempt"."state" in ('open', 'paid', 'declined', 'cancelled')),
	CONSTRAINT "payment_attempt_ended" CHECK (("payment_attempt"."state" = 'open') = ("payment_attempt"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "promotion" (
	"code" text PRIMARY KEY NOT NULL,
	"percent_off" integer NOT NULL,
	"uses_left" integer NOT NULL,
	"ends_at" timestamp (3) with time zone,
	CONSTRAINT "promotion_percent" CHECK ("promotion"."percent_off" between 1 and 100),
	CONSTRAINT "promotion_uses" CHECK ("promotion"."uses_left" >= 0)
);
--> statement-breakpoint
CREATE TABLE "promotion_use" (
	"code" text NOT NULL,
	"order_id" uuid NOT NULL,
	"used_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "promotion_use_code_order_id_pk" PRIMARY KEY("code","order_id")
);
--> statement-breakpoint
CREATE TABLE "provider_event" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"object_id" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"applied_at" timestamp (3) with time zone,
	"tries" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refund" (
	"order_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"amount_minor" integer NOT NULL,
	"currency" text NOT NULL,
	"provider_refund_id" text,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "refund_order_id_id_pk" PRIMARY KEY("order_id","id"),
	CONSTRAINT "refund_state" CHECK ("refund"."state" in ('pending', 'succeeded', 'failed')),
	CONSTRAINT "refund_amount" CHECK ("refund"."amount_minor" > 0)
);
--> statement-breakpoint
CREATE INDEX "cart_line_hold_until" ON "cart_line" USING btree ("hold_until") WHERE "cart_line"."hold_until" is not null;--> statement-breakpoint
CREATE INDEX "checkout_cart" ON "checkout" USING btree ("cart_id");--> statement-breakpoint
CREATE INDEX "checkout_hold_until" ON "checkout" USING btree ("hold_until") WHERE "checkout"."state" = 'open';--> statement-breakpoint
CREATE INDEX "copy_held_by" ON "copy" USING btree ("held_by");--> statement-breakpoint
CREATE INDEX "edition_slug" ON "edition" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "orders_cart" ON "orders" USING btree ("cart_id");--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("due_at") WHERE "outbox"."delivered_at" is null;--> statement-breakpoint
CREATE INDEX "payment_intent" ON "payment" USING btree ("intent_id");--> statement-breakpoint
CREATE INDEX "provider_event_inbox" ON "provider_event" USING btree ("received_at") WHERE "provider_event"."applied_at" is null;