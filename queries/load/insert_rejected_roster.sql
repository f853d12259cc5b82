-- insert_rejected_roster
--
-- Keep roster rows that the set of all rows refuses; the text is what is stored of them.
-- Grain: one row per refused roster row.
-- Reads: roster
--
-- Param:  expected  VARCHAR    what is expected of a second row of a participant
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
        'enrolled_at', cast(enrolled_at as varchar),
        'arm_id', arm_id,
        'site_id', site_id,
        'withdrawn_at', cast(withdrawn_at as varchar),
        'withdrawal_kind', withdrawal_kind,
        'properties', properties
    ) as varchar) as raw_text,
    false as is_cell
from roster
where status = 'rejected'
