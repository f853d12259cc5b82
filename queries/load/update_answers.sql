-- update_answers
--
-- Write down what became of `answers` when all rows were seen.
-- Grain: one row per row whose status changes.
-- Reads: resolved_answers
update answers
set
    status = resolved_answers.status,
    rule = resolved_answers.rule
from resolved_answers
where answers.rowid = resolved_answers.row_id
