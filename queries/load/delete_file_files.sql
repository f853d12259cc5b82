-- delete_file_files
--
-- Forget what one file brought to `files`.
-- Grain: one row per row of the file.
-- Reads: files
--
-- Param:  file_id  VARCHAR  the file's id
delete from files
where file_id = $file_id
