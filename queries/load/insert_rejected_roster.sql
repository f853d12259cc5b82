-- insert_rejected_roster
--
-- Keep roster rows that the set of all rows refuses; the text is what is stored of them.
-- Grain: one row per refused roster row.
-- Reads: roster, files
--
-- Param:  expected  VARCHAR    what is expected of a second row of a participant
-- Param:  sources   VARCHAR[]  ids of the study's sources
-- Param:  columns   VARCHAR[]  the participant's column in each of them
insert into rejected_rows
select
    files.file_number,
    files.file_id,
    files.source_id,
    files.path as source_file,
    roster.source_row,
    list_extract($columns, list_position($sources, files.source_id)) as column_name,
    roster.rule,
    $expected as expected,
    cast(json_object(
        'participant_id', roster.participant_id,
        'enrolled_at', cast(roster.enrolled_at as varchar),
        'arm_id', roster.arm_id,
        'site_id', roster.site_id,
        'withdrawn_at', cast(roster.withdrawn_at as varchar),
        'withdrawal_kind', roster.withdrawal_kind,
        'properties', roster.properties
    ) as varchar) as raw_text,
    false as is_cell,
    roster.participant_id
from roster
inner join files
    on roster.file_number = files.file_number
where roster.status = 'rejected'
