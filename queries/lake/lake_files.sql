-- lake_files
--
-- What the months of a lake were written from: the note in each of its files.
-- Grain: one row per file.
-- Reads:
--
-- Param: files  VARCHAR  glob of the files
--
-- Column: file_name  VARCHAR  path
-- Column: note       VARCHAR  number of events and digest
select
    file_name,
    decode(value) as note
from parquet_kv_metadata($files)
where decode(key) = 'rapport'
