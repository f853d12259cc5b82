-- rejections
--
-- Rows and single answers that a rule refused, with the place where most of them are; never what they said.
-- Grain: one row per source, rule and kind of refusal.
-- Reads: fct_rejections
-- Concerns: no participant; files as a whole
--
-- Column: rule          VARCHAR  the rule, as dashboard/rules.py explains it
-- Column: source_id     VARCHAR  source in study.toml
-- Column: refused       VARCHAR  what was refused: 'row', or 'answer' of a row that counts
-- Column: n_rows        BIGINT   rows or answers refused
-- Column: n_files       BIGINT   files with such rows
-- Column: n_columns     BIGINT   columns with such cells; 0 where rows as a whole are meant
-- Column: source_file   VARCHAR  the file with most of them, below the study folder
-- Column: column_name   VARCHAR  the column with most of them there; NULL where the row as a whole is meant
-- Column: example_rows  VARCHAR  the first few places there, such as 'row 12, row 40'
-- Column: expected      VARCHAR  what would have been right there
with

ranked as (

    select
        rule,
        source_id,
        source_file,
        column_name,
        n_rows,
        example_rows,
        expected,
        case when is_cell then 'answer' else 'row' end as refused,
        row_number() over (
            partition by rule, source_id, is_cell
            order by n_rows desc, source_file asc, column_name asc nulls last
        ) as place
    from fct_rejections

),

counts as (

    select
        rule,
        source_id,
        refused,
        cast(sum(n_rows) as bigint) as n_rows,
        cast(count(distinct source_file) as bigint) as n_files,
        cast(count(distinct column_name) as bigint) as n_columns
    from ranked
    group by
        rule,
        source_id,
        refused

)

select
    counts.rule,
    counts.source_id,
    counts.refused,
    counts.n_rows,
    counts.n_files,
    counts.n_columns,
    ranked.source_file,
    ranked.column_name,
    ranked.example_rows,
    ranked.expected
from counts
inner join ranked
    on
        counts.rule = ranked.rule
        and counts.source_id = ranked.source_id
        and counts.refused = ranked.refused
        and ranked.place = 1
order by
    counts.n_rows desc,
    counts.rule asc,
    counts.source_id asc,
    counts.refused asc
