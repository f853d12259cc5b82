-- delete_file_roster
--
-- Forget what one file brought to `roster`.
-- Grain: one row per row of the file.
-- Reads: roster
--
-- Param:  file_number  INTEGER  the file's number
delete from roster
where file_number = $file_number
