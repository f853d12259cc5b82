-- insert_new_keys
--
-- Keys of the events of files that changed.
-- Grain: one row per event.
-- Reads: events, changed_files, touched_keys
insert into touched_keys
select dedupe_key
from events
where file_number in (select changed_files.file_number from changed_files)
