-- delete_id_map
--
-- Forget what the id maps said.
-- Grain: all rows.
-- Reads: id_map
delete from id_map
