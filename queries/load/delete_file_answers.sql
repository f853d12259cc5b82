-- delete_file_answers
--
-- Forget what one file brought to `answers`.
-- Grain: one row per row of the file.
-- Reads: answers
--
-- Param:  file_id  VARCHAR  the file's id
delete from answers
where file_id = $file_id
