-- raw_tables
--
-- Tables that stand in the loader's file.
-- Grain: one row per table.
--
-- Column: table_name  VARCHAR  name
select table_name
from duckdb_tables()
where
    database_name = current_database()
    and not temporary
order by table_name
