-- rule_counts
--
-- How many records and answers each rule refused in each file, with the first places. Answers of a
-- record that is itself refused are kept too, but count once, with their record.
-- Grain: one row per file, rule, column and kind (record or answer).
-- Reads: rejected_rows
--
-- Column: file_id      VARCHAR   the file's id
-- Column: rule         VARCHAR   the rule
-- Column: column_name  VARCHAR   the column it looks at, where it is one
-- Column: is_cell      BOOLEAN   whether answers of records that stand are counted
-- Column: expected     VARCHAR   what was expected
-- Column: n_refused    BIGINT    records or answers refused
-- Column: first_rows   BIGINT[]  row numbers of the first five
with

placed as (

    select
        *,
        row_number() over (
            partition by file_id, rule, column_name, is_cell
            order by source_row, expected
        ) as place
    from rejected_rows
    where
        not is_cell
        or not exists (
            select 1
            from rejected_rows as records
            where
                records.file_id = rejected_rows.file_id
                and records.source_row = rejected_rows.source_row
                and not records.is_cell
        )

)

select
    file_id,
    rule,
    column_name,
    is_cell,
    min(expected) as expected,
    count(*) as n_refused,
    list_sort(list(source_row) filter (where place <= 5)) as first_rows
from placed
group by
    file_id,
    rule,
    column_name,
    is_cell
order by
    file_id asc,
    is_cell asc,
    n_refused desc,
    rule asc,
    column_name asc
