-- insert_gone_keys
--
-- Keys of a file's events, before they are replaced.
-- Grain: one row per event.
-- Reads: events, touched_keys
--
-- Param:  file_number  INTEGER  the file's number
insert into touched_keys
select dedupe_key
from events
where file_number = $file_number
