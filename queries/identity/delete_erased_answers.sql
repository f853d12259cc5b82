-- delete_erased_answers
--
-- Take whoever is erased out of `answers`.
-- Grain: one row per row of theirs.
-- Reads: answers
--
-- Param: names VARCHAR[] what the raw tables call them
delete from answers
where participant_id in (select unnest($names))
