-- insert_receipts
--
-- Keep the receipts of a load.
-- Grain: one row per file.
-- Reads: incoming_receipts
insert into receipts
select
    load_id,
    file_id,
    source_id,
    kind,
    source_file,
    status,
    rows_read,
    rows_loaded,
    rows_duplicate,
    rows_rejected,
    cells_refused,
    seconds,
    loaded_at,
    message
from incoming_receipts
