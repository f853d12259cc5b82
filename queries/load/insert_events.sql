-- insert_events
--
-- Keep the events of a batch that break no rule of their own.
-- Grain: one row per event.
-- Reads: judged_events
--
-- Param:  file_id      VARCHAR  the file's id
-- Param:  source_id    VARCHAR  the source's id
-- Param:  source_file  VARCHAR  the file's path from the study's folder
insert into events
select
    $file_id as file_id,
    $source_id as source_id,
    $source_file as source_file,
    source_row,
    event_id,
    participant_id,
    event_name,
    occurred_at,
    received_at,
    time_zone,
    local_date,
    quantity,
    app_version,
    properties,
    dedupe_key,
    'loaded' as status,
    null as rule
from judged_events
where rule is null
