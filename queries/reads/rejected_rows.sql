-- rejected_rows
--
-- Rows read and refused, by file.
-- Grain: one row per file that was read.
-- Concerns: no participant; files and how many of their rows were refused
-- Reads: fct_receipts
--
-- Column: source_file    VARCHAR  path relative to the study file
-- Column: rows_read      BIGINT   rows of the file
-- Column: rows_rejected  BIGINT   of these, kept aside with their reason
select
    source_file,
    cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_rejected) as bigint) as rows_rejected
from fct_receipts
where rows_read > 0
group by source_file
order by source_file
