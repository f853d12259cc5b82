-- insert_gone_events
--
-- A file's events that count, before they are replaced.
-- Grain: one row per event.
-- Reads: events, changed_events
--
-- Param:  file_number  INTEGER  the file's number
insert into changed_events
select
    participant_id,
    occurred_at,
    hash(row(
        event_name, occurred_at, local_date, quantity, app_version, properties, dedupe_key
    )) as content,
    -1 as step
from events
where
    file_number = $file_number
    and status = 'loaded'
