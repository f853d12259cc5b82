-- file_counts
--
-- What became of the records of each file, as things stand.
-- Grain: one row per file the loader holds.
-- Reads: files, events, answers, roster, rejected_rows
--
-- Column: file_id         VARCHAR  the file's id
-- Column: rows_read       BIGINT   records the reader counted
-- Column: rows_loaded     BIGINT   records that count
-- Column: rows_duplicate  BIGINT   records that say what another says
-- Column: rows_rejected   BIGINT   records refused
-- Column: cells_refused   BIGINT   answers refused in records that count
with

answer_records as (

    select
        file_id,
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
    group by
        file_id,
        source_row

),

records as (

    select
        file_id,
        status,
        count(*) as n_records
    from events
    group by
        file_id,
        status
    union all
    select
        file_id,
        status,
        count(*) as n_records
    from roster
    group by
        file_id,
        status
    union all
    select
        file_id,
        status,
        count(*) as n_records
    from answer_records
    group by
        file_id,
        status

),

standing as (

    select
        file_id,
        sum(case when status = 'loaded' then n_records else 0 end) as rows_loaded,
        sum(case when status = 'duplicate' then n_records else 0 end) as rows_duplicate
    from records
    group by file_id

),

refused_records as (

    select
        file_id,
        source_row,
        bool_or(not is_cell) as is_whole,
        count(*) filter (where is_cell) as n_cells
    from rejected_rows
    group by
        file_id,
        source_row

),

refused as (

    select
        file_id,
        count(*) filter (where is_whole) as rows_rejected,
        cast(sum(case when is_whole then 0 else n_cells end) as bigint) as cells_refused
    from refused_records
    group by file_id

)

select
    files.file_id,
    files.rows_read,
    cast(coalesce(standing.rows_loaded, 0) as bigint) as rows_loaded,
    cast(coalesce(standing.rows_duplicate, 0) as bigint) as rows_duplicate,
    coalesce(refused.rows_rejected, 0) as rows_rejected,
    coalesce(refused.cells_refused, 0) as cells_refused
from files
left join standing
    on files.file_id = standing.file_id
left join refused
    on files.file_id = refused.file_id
order by files.file_id
