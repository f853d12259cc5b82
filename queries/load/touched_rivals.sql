-- touched_rivals
--
-- Events that this load may make count otherwise: all with a key that it touched.
-- Grain: one row per event.
-- Reads: events, files, touched_keys
create or replace temp table rivals as
select
    events.rowid as row_id,
    events.file_number,
    files.path,
    events.source_row,
    events.participant_id,
    events.dedupe_key,
    events.status
from events
inner join files
    on events.file_number = files.file_number
where events.dedupe_key in (select touched_keys.dedupe_key from touched_keys)
