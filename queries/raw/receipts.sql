-- receipts
--
-- What became of the rows of each file, as things stood at the end of each load.
-- Grain: one row per load and file.
create table if not exists receipts (
    load_id varchar not null,
    file_id varchar not null,
    source_id varchar not null,
    kind varchar not null,
    source_file varchar not null,
    status varchar not null,
    rows_read bigint not null,
    rows_loaded bigint not null,
    rows_duplicate bigint not null,
    rows_rejected bigint not null,
    cells_refused bigint not null,
    seconds double not null,
    loaded_at timestamp not null,
    message varchar
)
