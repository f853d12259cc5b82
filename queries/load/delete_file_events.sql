-- delete_file_events
--
-- Forget what one file brought to `events`.
-- Grain: one row per row of the file.
-- Reads: events
--
-- Param:  file_number  INTEGER  the file's number
delete from events
where file_number = $file_number
