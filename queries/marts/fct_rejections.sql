-- fct_rejections
--
-- How many rows and single answers were refused, by rule, with the places of a few. What stood
-- there stays in the raw file.
-- Grain: one row per source_id, source_file, rule, column_name and is_cell.
-- Reads: raw.rejected_rows
--
-- Column: source_id     VARCHAR  source in the study file
-- Column: source_file   VARCHAR  path relative to the study file
-- Column: rule          VARCHAR  why
-- Column: column_name   VARCHAR  where in the row; NULL when the row as a whole
-- Column: n_rows        BIGINT   rows, or single answers, refused
-- Column: example_rows  VARCHAR  the first few places, such as 'row 12, row 40'
-- Column: expected      VARCHAR  what would have been right
-- Column: is_cell       BOOLEAN  single answers of rows that count, not whole rows
with

numbered as (

    select
        source_id,
        source_file,
        rule,
        column_name,
        expected,
        is_cell,
        source_row,
        row_number() over (
            partition by source_id, source_file, rule, column_name, is_cell
            order by source_row, expected
        ) as place
    from raw.rejected_rows
    where
        not is_cell
        or not exists (
            select 1
            from raw.rejected_rows as records
            where
                records.file_id = rejected_rows.file_id
                and records.source_row = rejected_rows.source_row
                and not records.is_cell
        )

)

select
    source_id,
    source_file,
    rule,
    column_name,
    count(*) as n_rows,
    concat_ws(
        ', ',
        max(case when place = 1 then concat('row ', cast(source_row as varchar)) end),
        max(case when place = 2 then concat('row ', cast(source_row as varchar)) end),
        max(case when place = 3 then concat('row ', cast(source_row as varchar)) end)
    ) as example_rows,
    max(case when place = 1 then expected end) as expected,
    is_cell
from numbered
group by
    source_id,
    source_file,
    rule,
    column_name,
    is_cell
