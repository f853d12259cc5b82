-- held_files
--
-- Files the loader knows.
-- Grain: one row per file and source.
-- Reads: files
--
-- Column: file_id       VARCHAR  the file's id
-- Column: file_number   INTEGER  the file's number
-- Column: source_id     VARCHAR  the source's id
-- Column: path          VARCHAR  path from the study's folder
-- Column: sha256        VARCHAR  of the content that was read
-- Column: mapping_hash  VARCHAR  of the mapping it was read with
-- Column: rows_read     BIGINT   records read from it
-- Column: status        VARCHAR  loaded or failed
select
    file_id,
    file_number,
    source_id,
    path,
    sha256,
    mapping_hash,
    rows_read,
    status
from files
order by file_id
