-- insert_rejected_events
--
-- Keep events that the set of all rows has come to refuse; the text is what is stored of them.
-- Grain: one row per refused event.
-- Reads: events, files, resolved_events
--
-- Param:  expected  VARCHAR    what is expected of a participant
-- Param:  sources   VARCHAR[]  ids of the study's sources
-- Param:  columns   VARCHAR[]  the participant's column in each of them
insert into rejected_rows
select
    files.file_number,
    files.file_id,
    files.source_id,
    files.path as source_file,
    events.source_row,
    list_extract($columns, list_position($sources, files.source_id)) as column_name,
    events.rule,
    $expected as expected,
    cast(json_object(
        'participant_id', events.participant_id,
        'event_name', events.event_name,
        'occurred_at', cast(events.occurred_at as varchar),
        'time_zone', events.time_zone,
        'quantity', events.quantity,
        'app_version', events.app_version,
        'properties', events.properties
    ) as varchar) as raw_text,
    false as is_cell,
    events.participant_id
from events
inner join files
    on events.file_number = files.file_number
inner join resolved_events
    on events.rowid = resolved_events.row_id
where resolved_events.status = 'rejected'
