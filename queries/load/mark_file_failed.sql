-- mark_file_failed
--
-- Note that the newest version of a file could not be read; what an earlier one brought stays.
-- Grain: one row per file and source.
-- Reads: files
--
-- Param:  file_id  VARCHAR  the file's id
-- Param:  message  VARCHAR  why
update files
set
    status = 'failed',
    message = $message
where file_id = $file_id
