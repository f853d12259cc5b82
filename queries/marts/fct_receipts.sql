-- fct_receipts
--
-- What became of every file in the last load that came to its end, as the loader counted it. Files
-- that had not changed stand with their counts; the raw file keeps the receipts of earlier loads. In a
-- masked edition names of sources and files, and messages, that name an arm are not shown.
-- Grain: one row per file_id and source_id.
-- Reads: raw.receipts, raw.loads, dim_blinding
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
    case
        when not dim_blinding.is_masked then receipts.source_id
        when regexp_matches(lower(receipts.source_id), dim_blinding.hidden_words) then 'not shown'
        else receipts.source_id
    end as source_id,
    receipts.kind,
    case
        when not dim_blinding.is_masked then receipts.source_file
        when regexp_matches(lower(receipts.source_file), dim_blinding.hidden_words)
            then concat('file ', substr(receipts.file_id, 1, 8), ' (name not shown)')
        else receipts.source_file
    end as source_file,
    receipts.status,
    receipts.rows_read,
    receipts.rows_loaded,
    receipts.rows_duplicate,
    receipts.rows_rejected,
    receipts.cells_refused,
    receipts.seconds,
    receipts.loaded_at,
    case
        when not dim_blinding.is_masked then receipts.message
        when regexp_matches(lower(receipts.message), dim_blinding.hidden_words) then 'not shown'
        else receipts.message
    end as message
from raw.receipts as receipts
cross join dim_blinding
inner join loads_in_order
    on receipts.load_id = loads_in_order.load_id
where loads_in_order.place = 1
