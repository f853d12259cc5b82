-- insert_version
--
-- Note the arrangement of the loader's tables in a file that has just been made.
-- Grain: one row.
-- Reads: raw_version
--
-- Param:  version  INTEGER  arrangement that the program writes
insert into raw_version
select $version as version
where not exists (select 1 from raw_version)
