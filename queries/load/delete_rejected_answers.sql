-- delete_rejected_answers
--
-- Forget refusals of answers that rest on other rows: they are written anew from the statuses.
-- Grain: one row per refused record or answer.
-- Reads: rejected_rows, answers
delete from rejected_rows
where
    rule in ('unknown_participant', 'conflicting_answer')
    and file_number in (select answers.file_number from answers)
