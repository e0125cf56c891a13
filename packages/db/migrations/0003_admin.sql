ALTER TABLE "ledger_difference" ADD COLUMN "resolved_by" text;--> statement-breakpoint
ALTER TABLE "ledger_difference" ADD COLUMN "resolution" text;--> statement-breakpoint
CREATE INDEX "audit_staff" ON "audit" USING btree ("at") WHERE "audit"."actor" like 'staff:%';--> statement-breakpoint
CREATE INDEX "ledger_posting_provider" ON "ledger_posting" USING btree ("provider_object_id");--> statement-breakpoint
CREATE INDEX "orders_number" ON "orders" USING btree (((('x' || right(replace("id"::text, '-', ''), 12))::bit(48)::bigint) % 656100000000));--> statement-breakpoint
CREATE INDEX "outbox_dead" ON "outbox" USING btree ("dead_at") WHERE "outbox"."dead_at" is not null and "outbox"."delivered_at" is null;--> statement-breakpoint
CREATE INDEX "provider_event_parked" ON "provider_event" USING btree ("parked_at") WHERE "provider_event"."parked_at" is not null and "provider_event"."applied_at" is null;--> statement-breakpoint
CREATE INDEX "provider_event_received" ON "provider_event" USING btree ("received_at");--> statement-breakpoint
ALTER TABLE "ledger_difference" ADD CONSTRAINT "ledger_difference_resolution" CHECK (("ledger_difference"."resolved_by" is null) = ("ledger_difference"."resolution" is null));