-- delete_erased_roster
--
-- Take whoever is erased out of `roster`.
-- Grain: one row per row of theirs.
-- Reads: roster
--
-- Param: names VARCHAR[] what the raw tables call them
delete from roster
where participant_id in (select unnest($names))
