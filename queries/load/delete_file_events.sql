-- delete_file_events
--
-- Forget what one file brought to `events`.
-- Grain: one row per row of the file.
-- Reads: events
--
-- Param:  file_id  VARCHAR  the file's id
delete from events
where file_id = $file_id
