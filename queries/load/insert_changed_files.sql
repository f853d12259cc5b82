-- insert_changed_files
--
-- Note which files' rows a load changed.
-- Grain: one row per file.
-- Reads: changed_files
--
-- Param:  file_numbers  INTEGER[]  the files' numbers, some of them more than once
insert into changed_files
select distinct unnest($file_numbers) as file_number
