-- insert_files
--
-- Note what the loader now holds of files. What became of their rows is written down later.
-- Grain: one row per file and source.
-- Reads: incoming_files, files
insert or replace into files (
    file_id,
    file_number,
    source_id,
    path,
    sha256,
    mapping_hash,
    bytes,
    rows_read,
    load_id,
    loaded_at,
    status,
    message
)
select
    file_id,
    file_number,
    source_id,
    path,
    sha256,
    mapping_hash,
    bytes,
    rows_read,
    load_id,
    loaded_at,
    status,
    message
from incoming_files
