-- update_events
--
-- Write down what became of `events` when all rows were seen.
-- Grain: one row per row whose status changes.
-- Reads: resolved_events
update events
set
    status = resolved_events.status,
    rule = resolved_events.rule
from resolved_events
where events.rowid = resolved_events.row_id
