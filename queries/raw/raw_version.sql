-- raw_version
--
-- Which arrangement of tables the loader's file has.
-- Grain: one row.
create table if not exists raw_version (version integer not null)
