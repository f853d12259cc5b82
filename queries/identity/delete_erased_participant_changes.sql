-- delete_erased_participant_changes
--
-- Take whoever is erased out of `participant_changes`.
-- Grain: one row per row of theirs.
-- Reads: participant_changes
--
-- Param: names VARCHAR[] what the raw tables call them
delete from participant_changes
where participant_id in (select unnest($names))
