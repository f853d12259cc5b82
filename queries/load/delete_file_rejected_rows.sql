-- delete_file_rejected_rows
--
-- Forget what one file brought to `rejected_rows`.
-- Grain: one row per row of the file.
-- Reads: rejected_rows
--
-- Param:  file_number  INTEGER  the file's number
delete from rejected_rows
where file_number = $file_number
