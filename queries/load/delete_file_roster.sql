-- delete_file_roster
--
-- Forget what one file brought to `roster`.
-- Grain: one row per row of the file.
-- Reads: roster
--
-- Param:  file_id  VARCHAR  the file's id
delete from roster
where file_id = $file_id
