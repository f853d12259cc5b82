-- insert_rejected_events
--
-- Keep events that the set of all rows refuses; the text is what is stored of them.
-- Grain: one row per refused event.
-- Reads: events
--
-- Param:  expected  VARCHAR    what is expected of a participant
-- Param:  sources   VARCHAR[]  ids of the study's sources
-- Param:  columns   VARCHAR[]  the participant's column in each of them
insert into rejected_rows
select
    file_id,
    source_id,
    source_file,
    source_row,
    list_extract($columns, list_position($sources, source_id)) as column_name,
    rule,
    $expected as expected,
    cast(json_object(
        'participant_id', participant_id,
        'event_name', event_name,
        'event_id', event_id,
        'occurred_at', cast(occurred_at as varchar),
        'time_zone', time_zone,
        'quantity', quantity,
        'app_version', app_version,
        'properties', properties
    ) as varchar) as raw_text,
    false as is_cell
from events
where status = 'rejected'
