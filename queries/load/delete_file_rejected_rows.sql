-- delete_file_rejected_rows
--
-- Forget what one file brought to `rejected_rows`.
-- Grain: one row per row of the file.
-- Reads: rejected_rows
--
-- Param:  file_id  VARCHAR  the file's id
delete from rejected_rows
where file_id = $file_id
