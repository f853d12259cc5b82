-- stg_names_counted
--
-- How many events count; where there are very many, the build asks how many of them are counted anew.
-- Grain: one row.
-- Reads: stg_event_names
--
-- Column: n_events  BIGINT  events that count
select cast(coalesce(sum(n_events), 0) as bigint) as n_events
from stg_event_names
