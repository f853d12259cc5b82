-- receipts
--
-- What became of the rows of every file: read = loaded + duplicate + rejected.
-- Grain: one row per file.
-- Reads: fct_receipts
-- Concerns: no participant; files as a whole
--
-- Column: source_file      VARCHAR    path below the study folder
-- Column: source_id        VARCHAR    source in study.toml
-- Column: kind             VARCHAR    'events', 'answers' or 'roster'
-- Column: status           VARCHAR    'loaded' or 'failed'
-- Column: rows_read        BIGINT     rows in the file
-- Column: rows_loaded      BIGINT     rows in use
-- Column: rows_duplicate   BIGINT     rows that say the same as an earlier one
-- Column: rows_rejected    BIGINT     rows that a rule refused
-- Column: cells_refused    BIGINT     single answers refused in rows that were loaded
-- Column: rejected_share   DOUBLE     rows_rejected of rows_read; NULL where nothing was read
-- Column: loaded_at        TIMESTAMP  UTC
-- Column: message          VARCHAR    why the file failed; NULL where it did not
select
    source_file,
    source_id,
    kind,
    status,
    rows_read,
    rows_loaded,
    rows_duplicate,
    rows_rejected,
    cells_refused,
    cast(rows_rejected as double) / nullif(rows_read, 0) as rejected_share,
    loaded_at,
    message
from fct_receipts
order by
    status,
    source_id,
    source_file
