-- delete_erased_id_map
--
-- Take whoever is erased out of `id_map`.
-- Grain: one row per row of theirs.
-- Reads: id_map
--
-- Param: names VARCHAR[] what the raw tables call them
delete from id_map
where participant_id in (select unnest($names))
