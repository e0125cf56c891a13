CREATE TABLE "figure" (
	"step" text NOT NULL,
	"slot_at" timestamp (3) with time zone NOT NULL,
	"process" uuid NOT NULL,
	"began_at" timestamp (3) with time zone NOT NULL,
	"app" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"told_at" timestamp (3) with time zone NOT NULL,
	"counts" jsonb NOT NULL,
	CONSTRAINT "figure_step_slot_at_process_began_at_pk" PRIMARY KEY("step","slot_at","process","began_at"),
	CONSTRAINT "figure_step" CHECK ("figure"."step" in ('minute', 'hour')),
	CONSTRAINT "figure_app" CHECK ("figure"."app" in ('web', 'worker'))
);
