-- delete_old_states
--
-- Forget how files stood of which nothing is held any more.
-- Grain: one row per file.
-- Reads: file_states, files
delete from file_states
where file_number not in (select files.file_number from files)
