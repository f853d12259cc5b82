-- rivals
--
-- Events that may count otherwise than they do: all that share a key, and all that do not count.
-- Grain: one row per event.
-- Reads: events, files, strangers_among
create or replace temp table rivals as
with

repeated as (

    select dedupe_key
    from events
    group by dedupe_key
    having count(*) > 1

)

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
where
    events.status <> 'loaded'
    or events.dedupe_key in (select repeated.dedupe_key from repeated)
    or events.participant_id in (select strangers_among.participant_id from strangers_among)
