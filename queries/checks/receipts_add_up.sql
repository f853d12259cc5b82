-- receipts_add_up
--
-- Receipts whose rows are not, each once, loaded, duplicate or rejected.
-- Grain: one row per such receipt.
-- Reads: fct_receipts
-- Severity: fail
--
-- Column: load_id      VARCHAR  load
-- Column: source_file  VARCHAR  path relative to the study file
select
    load_id,
    source_file
from fct_receipts
where rows_read <> rows_loaded + rows_duplicate + rows_rejected
