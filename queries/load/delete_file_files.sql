-- delete_file_files
--
-- Forget what one file brought to `files`.
-- Grain: one row per row of the file.
-- Reads: files
--
-- Param:  file_number  INTEGER  the file's number
delete from files
where file_number = $file_number
