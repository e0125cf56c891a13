-- Who has woken, parked or resolved the record by hand, when and why: one JSON object a line, appended by the statement
-- that moves it. Null for nearly every record, and then it costs nothing.
alter table idempotency.record add column operator_log text;

-- For whoever looks for what needs a person among millions that do not.
create index record_needs_review on idempotency.record (advanced_at) where state = 4;
