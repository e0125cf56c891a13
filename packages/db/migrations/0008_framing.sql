CREATE TABLE "framing" (
	"edition_id" uuid NOT NULL,
	"frame" text NOT NULL,
	"price_minor" integer NOT NULL,
	CONSTRAINT "framing_edition_id_frame_pk" PRIMARY KEY("edition_id","frame"),
	CONSTRAINT "framing_frame" CHECK ("framing"."frame" in ('oak', 'black', 'white')),
	CONSTRAINT "framing_price" CHECK ("framing"."price_minor" > 0)
);
--> statement-breakpoint
ALTER TABLE "cart_line" ADD COLUMN "frame" text;--> statement-breakpoint
ALTER TABLE "order_line" ADD COLUMN "frame" text;--> statement-breakpoint
ALTER TABLE "order_line" ADD COLUMN "framing_minor" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "cart_line" ADD CONSTRAINT "cart_line_frame" CHECK ("cart_line"."frame" in ('oak', 'black', 'white'));--> statement-breakpoint
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_frame" CHECK ("order_line"."frame" in ('oak', 'black', 'white'));--> statement-breakpoint
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_framing" CHECK (("order_line"."frame" is null) = ("order_line"."framing_minor" = 0) and "order_line"."framing_minor" >= 0
        and ("order_line"."frame" is null or "order_line"."framing_minor" < "order_line"."price_minor"));