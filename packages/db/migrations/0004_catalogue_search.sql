ALTER TABLE "edition" ADD COLUMN "search" "tsvector" GENERATED ALWAYS AS (setweight(to_tsvector('simple', lower(regexp_replace(normalize(title, NFKD), '[\u0300-\u036f]', '', 'g'))), 'A')
        || setweight(to_tsvector('simple', lower(regexp_replace(normalize(studio, NFKD), '[\u0300-\u036f]', '', 'g'))), 'B')
        || setweight(to_tsvector('english', lower(regexp_replace(normalize(statement, NFKD), '[\u0300-\u036f]', '', 'g'))), 'C')
        || setweight(to_tsvector('simple', "style"), 'D')) STORED;--> statement-breakpoint
ALTER TABLE "edition" ADD COLUMN "search_names" text GENERATED ALWAYS AS (lower(regexp_replace(normalize(title || ' ' || studio, NFKD), '[\u0300-\u036f]', '', 'g'))) STORED;--> statement-breakpoint
CREATE INDEX "edition_search" ON "edition" USING gin ("search");