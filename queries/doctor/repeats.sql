-- repeats
--
-- Rows that say what another row says, by the files that both stand in.
-- Grain: one row per file with duplicates and file with the row that counts.
-- Reads: events, answers, roster, files
--
-- Column: source_id   VARCHAR  the source's id
-- Column: path        VARCHAR  the file with the duplicates
-- Column: other_path  VARCHAR  the file with the rows that count
-- Column: n_rows      BIGINT   duplicates
with

repeated as (

    select
        file_number,
        dedupe_key
    from events
    where status = 'duplicate'

),

repeated_events as (

    select
        repeated.file_number,
        events.file_number as other_number,
        count(*) as n_rows
    from repeated
    inner join events
        on
            repeated.dedupe_key = events.dedupe_key
            and events.status = 'loaded'
    group by
        repeated.file_number,
        events.file_number

),

answer_records as (

    select distinct
        file_number,
        source_row
    from answers
    where
        status = 'duplicate'
        and (value is not null or is_not_applicable)

),

others as (

    select
        file_number,
        file_number as other_number,
        count(*) as n_rows
    from answer_records
    group by file_number
    union all
    select
        file_number,
        file_number as other_number,
        count(*) as n_rows
    from roster
    where status = 'duplicate'
    group by file_number

),

together as (

    select
        file_number,
        other_number,
        n_rows
    from repeated_events
    union all
    select
        file_number,
        other_number,
        n_rows
    from others

)

select
    files.source_id,
    files.path,
    other_files.path as other_path,
    together.n_rows
from together
inner join files
    on together.file_number = files.file_number
inner join files as other_files
    on together.other_number = other_files.file_number
order by
    files.source_id asc,
    together.n_rows desc,
    files.path asc,
    other_files.path asc
