-- fct_rejections
--
-- How many rows and single answers were refused, by rule, with the places of a few. What stood
-- there stays in the raw file. In a masked edition names of sources, files and columns that name an arm
-- are not shown, nor what was expected where it does, or where the rule is about arms.
-- Grain: one row per source_id, source_file, rule, column_name and is_cell.
-- Reads: raw.rejected_rows, dim_blinding
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

shown as (

    select
        case
            when not dim_blinding.is_masked then rejected.source_id
            when regexp_matches(lower(rejected.source_id), dim_blinding.hidden_words) then 'not shown'
            else rejected.source_id
        end as source_id,
        case
            when not dim_blinding.is_masked then rejected.source_file
            when regexp_matches(lower(rejected.source_file), dim_blinding.hidden_words)
                then concat('file ', substr(rejected.file_id, 1, 8), ' (name not shown)')
            else rejected.source_file
        end as source_file,
        rejected.rule,
        case
            when not dim_blinding.is_masked then rejected.column_name
            when regexp_matches(lower(rejected.column_name), dim_blinding.hidden_words) then 'not shown'
            else rejected.column_name
        end as column_name,
        case
            when not dim_blinding.is_masked then rejected.expected
            when
                rejected.rule = 'unknown_arm'
                or regexp_matches(lower(rejected.expected), dim_blinding.hidden_words)
                then 'not shown'
            else rejected.expected
        end as expected,
        rejected.is_cell,
        rejected.source_row,
        rejected.file_id
    from raw.rejected_rows as rejected
    cross join dim_blinding

),

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
    from shown
    where
        not is_cell
        or not exists (
            select 1
            from raw.rejected_rows as records
            where
                records.file_id = shown.file_id
                and records.source_row = shown.source_row
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
