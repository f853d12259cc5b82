-- held_paths
--
-- Every path that the raw tables keep.
-- Grain: one row per source and path.
-- Reads: files, receipts, rejected_rows
--
-- Column: source_id VARCHAR the source
-- Column: path      VARCHAR path from the study's folder
select
    source_id,
    path
from files
union
select
    source_id,
    source_file as path
from receipts
union
select
    source_id,
    source_file as path
from rejected_rows
order by
    source_id asc,
    path asc
