-- delete_erased_events
--
-- Take whoever is erased out of `events`.
-- Grain: one row per row of theirs.
-- Reads: events
--
-- Param: names VARCHAR[] what the raw tables call them
delete from events
where participant_id in (select unnest($names))
