-- fct_receipts
--
-- What became of every file in the last load that came to its end, as the loader counted it. Files
-- that had not changed stand with their counts; the raw file keeps the receipts of earlier loads.
-- Grain: one row per file_id and source_id.
-- Reads: raw.receipts, raw.loads
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
with

loads_in_order as (

    select
        load_id,
        row_number() over (order by started_at desc, load_id desc) as place
    from raw.loads
    where finished_at is not null

)

select
    receipts.load_id,
    receipts.file_id,
    receipts.source_id,
    receipts.kind,
    receipts.source_file,
    receipts.status,
    receipts.rows_read,
    receipts.rows_loaded,
    receipts.rows_duplicate,
    receipts.rows_rejected,
    receipts.cells_refused,
    receipts.seconds,
    receipts.loaded_at,
    receipts.message
from raw.receipts as receipts
inner join loads_in_order
    on receipts.load_id = loads_in_order.load_id
where loads_in_order.place = 1
