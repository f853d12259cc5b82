-- held_contents
--
-- What tells whether the loader's tables hold the same as before: their files, and how many rows.
-- Grain: one row per file and per table.
-- Reads: files, events, answers, roster, rejected_rows
--
-- Column: part     VARCHAR  the file's id, or the table
-- Column: content  VARCHAR  digest of its content and of its mapping, and what came of it; rows of a table
select
    file_id as part,
    concat_ws(
        ' ', sha256, mapping_hash, status, rows_read, rows_loaded, rows_duplicate, rows_rejected,
        cells_refused, message
    ) as content
from files
union all
select
    'events' as part,
    cast(count(*) as varchar) as content
from events
union all
select
    'answers' as part,
    cast(count(*) as varchar) as content
from answers
union all
select
    'roster' as part,
    cast(count(*) as varchar) as content
from roster
union all
select
    'rejected_rows' as part,
    cast(count(*) as varchar) as content
from rejected_rows
order by
    part,
    content
