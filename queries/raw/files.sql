-- files
--
-- What the loader holds of each export file, and what it was made of. Its rows elsewhere bear
-- `file_number`, which is never given twice.
-- Grain: one row per file and source.
create table if not exists files (
    file_id varchar primary key,
    file_number integer not null,
    source_id varchar not null,
    path varchar not null,
    sha256 varchar not null,
    mapping_hash varchar not null,
    bytes bigint not null,
    rows_read bigint not null,
    rows_loaded bigint not null default 0,
    rows_duplicate bigint not null default 0,
    rows_rejected bigint not null default 0,
    cells_refused bigint not null default 0,
    load_id varchar not null,
    loaded_at timestamp not null,
    status varchar not null,
    message varchar
)
