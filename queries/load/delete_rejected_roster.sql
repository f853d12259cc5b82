-- delete_rejected_roster
--
-- Forget refusals of roster rows that rest on other rows: they are written anew from the statuses.
-- Grain: one row per refused record.
-- Reads: rejected_rows
delete from rejected_rows
where rule = 'conflicting_row'
