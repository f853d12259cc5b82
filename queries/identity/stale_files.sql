-- stale_files
--
-- Files that hold a name which the id maps give otherwise now.
-- Grain: one row per file.
-- Reads: renamed, files, events, answers, roster, rejected_rows
--
-- Column: file_id VARCHAR the file's id
with

held as (

    select
        file_number,
        participant_id
    from events
    union all
    select
        file_number,
        participant_id
    from answers
    union all
    select
        file_number,
        participant_id
    from roster
    union all
    select
        file_number,
        participant_id
    from rejected_rows

)

select distinct files.file_id
from held
inner join files
    on held.file_number = files.file_number
inner join renamed
    on
        files.source_id = renamed.source_id
        and held.participant_id = renamed.participant_id
order by files.file_id
