-- files
--
-- What the loader holds of each export file, and what it was made of.
-- Grain: one row per file and source.
create table if not exists files (
    file_id varchar primary key,
    source_id varchar not null,
    path varchar not null,
    sha256 varchar not null,
    mapping_hash varchar not null,
    bytes bigint not null,
    rows_read bigint not null,
    load_id varchar not null,
    loaded_at timestamp not null,
    status varchar not null,
    message varchar
)
