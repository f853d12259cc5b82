-- counted_files
--
-- What became of the records of the files that a load affected, as things stand.
-- Grain: one row per file.
-- Reads: affected_files, events, answers, roster, rejected_rows
create or replace temp table counted_files as
with

answer_records as (

    select
        file_number,
        source_row,
        case
            when count(*) filter (where value is not null or is_not_applicable) = 0
                then case
                    when count(*) filter (where status = 'loaded') > 0 then 'loaded'
                    when count(*) filter (where status = 'duplicate') > 0 then 'duplicate'
                    else 'rejected'
                end
            when count(*) filter (where status = 'loaded' and (value is not null or is_not_applicable)) > 0
                then 'loaded'
            when count(*) filter (where status = 'duplicate' and (value is not null or is_not_applicable)) > 0
                then 'duplicate'
            else 'rejected'
        end as status
    from answers
    where file_number in (select affected_files.file_number from affected_files)
    group by
        file_number,
        source_row

),

records as (

    select
        file_number,
        status,
        count(*) as n_records
    from events
    where file_number in (select affected_files.file_number from affected_files)
    group by
        file_number,
        status
    union all
    select
        file_number,
        status,
        count(*) as n_records
    from roster
    where file_number in (select affected_files.file_number from affected_files)
    group by
        file_number,
        status
    union all
    select
        file_number,
        status,
        count(*) as n_records
    from answer_records
    group by
        file_number,
        status

),

standing as (

    select
        file_number,
        sum(case when status = 'loaded' then n_records else 0 end) as rows_loaded,
        sum(case when status = 'duplicate' then n_records else 0 end) as rows_duplicate
    from records
    group by file_number

),

refused_records as (

    select
        file_number,
        source_row,
        bool_or(not is_cell) as is_whole,
        count(*) filter (where is_cell) as n_cells
    from rejected_rows
    where file_number in (select affected_files.file_number from affected_files)
    group by
        file_number,
        source_row

),

refused as (

    select
        file_number,
        count(*) filter (where is_whole) as rows_rejected,
        cast(sum(case when is_whole then 0 else n_cells end) as bigint) as cells_refused
    from refused_records
    group by file_number

),

counted as (

    select
        affected_files.file_number,
        cast(coalesce(standing.rows_loaded, 0) as bigint) as rows_loaded,
        cast(coalesce(standing.rows_duplicate, 0) as bigint) as rows_duplicate,
        coalesce(refused.rows_rejected, 0) as rows_rejected,
        coalesce(refused.cells_refused, 0) as cells_refused
    from affected_files
    left join standing
        on affected_files.file_number = standing.file_number
    left join refused
        on affected_files.file_number = refused.file_number

)

select *
from counted
