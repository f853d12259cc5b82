-- update_roster
--
-- Write down what became of `roster` when all rows were seen.
-- Grain: one row per row whose status changes.
-- Reads: resolved_roster
update roster
set
    status = resolved_roster.status,
    rule = resolved_roster.rule
from resolved_roster
where roster.rowid = resolved_roster.row_id
