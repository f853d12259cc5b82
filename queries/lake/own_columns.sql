-- own_columns
--
-- Columns of the files of a lake that other software writes, from the files' own descriptions: no row is
-- read. A moment that Spark reads as one of UTC has a time zone here, whatever DuckDB makes of it.
-- Grain: one row per file and column.
-- Reads:
--
-- Param: files  VARCHAR[]  paths of the files
--
-- Column: file_name    VARCHAR  path
-- Column: column_name  VARCHAR  column
-- Column: found        VARCHAR  its type
with

described as (

    select
        file_name,
        name,
        type,
        duckdb_type,
        coalesce(logical_type like '%MICROS=MicroSeconds%', converted_type = 'TIMESTAMP_MICROS', false) as is_micros
    from parquet_schema($files)

)

select
    file_name,
    name as column_name,
    case
        when type = 'INT96' then 'TIMESTAMP WITH TIME ZONE'
        when starts_with(duckdb_type, 'TIMESTAMP') and not is_micros then duckdb_type || ' of no microseconds'
        else coalesce(duckdb_type, type, 'no type')
    end as found
from described
