-- insert_file
--
-- Note what the loader now holds of a file.
-- Grain: one row per file and source.
-- Reads: files
--
-- Param:  file_id       VARCHAR    the file's id
-- Param:  source_id     VARCHAR    the source's id
-- Param:  path          VARCHAR    path from the study's folder
-- Param:  sha256        VARCHAR    of the content
-- Param:  mapping_hash  VARCHAR    of everything in the study file that decides what its rows become
-- Param:  bytes         BIGINT     size
-- Param:  rows_read     BIGINT     records read from it
-- Param:  load_id       VARCHAR    the load that read it
-- Param:  loaded_at     TIMESTAMP  when
-- Param:  status        VARCHAR    loaded or failed
-- Param:  message       VARCHAR    why it failed
insert or replace into files
values (
    $file_id,
    $source_id,
    $path,
    $sha256,
    $mapping_hash,
    $bytes,
    $rows_read,
    $load_id,
    $loaded_at,
    $status,
    $message
)
