-- delete_file_answers
--
-- Forget what one file brought to `answers`.
-- Grain: one row per row of the file.
-- Reads: answers
--
-- Param:  file_number  INTEGER  the file's number
delete from answers
where file_number = $file_number
