-- fct_receipts
--
-- What became of every file in every load, as the loader counted it.
-- Grain: one row per load_id, file_id and source_id.
-- Reads: raw.receipts
--
-- Column: load_id         VARCHAR    load
-- Column: file_id         VARCHAR    file
-- Column: source_id       VARCHAR    source in the study file
-- Column: kind            VARCHAR    events, answers or roster
-- Column: source_file     VARCHAR    path relative to the study file
-- Column: status          VARCHAR    what the loader did with the file
-- Column: rows_read       BIGINT     rows of the file
-- Column: rows_loaded     BIGINT     rows that count
-- Column: rows_duplicate  BIGINT     rows that another row already said
-- Column: rows_rejected   BIGINT     rows kept aside, with their reason
-- Column: cells_refused   BIGINT     single answers refused in rows that count
-- Column: seconds         DOUBLE     time taken
-- Column: loaded_at       TIMESTAMP  when (UTC)
-- Column: message         VARCHAR    what was wrong with the file; NULL when nothing
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
from raw.receipts
