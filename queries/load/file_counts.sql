-- file_counts
--
-- What became of the records of each file, as things stand.
-- Grain: one row per file the loader holds.
-- Reads: files
--
-- Column: file_id         VARCHAR  the file's id
-- Column: rows_read       BIGINT   records the reader counted
-- Column: rows_loaded     BIGINT   records that count
-- Column: rows_duplicate  BIGINT   records that say what another says
-- Column: rows_rejected   BIGINT   records refused
-- Column: cells_refused   BIGINT   answers refused in records that count
select
    file_id,
    rows_read,
    rows_loaded,
    rows_duplicate,
    rows_rejected,
    cells_refused
from files
order by file_id
