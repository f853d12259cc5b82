-- touched_keys
--
-- Empty place for the keys of events that a load may make count otherwise.
-- Grain: one row per key, some of them more than once.
create or replace temp table touched_keys (dedupe_key hugeint)
