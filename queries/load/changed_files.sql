-- changed_files
--
-- Empty place for the files whose rows a load replaced, added or took out.
-- Grain: one row per file.
create or replace temp table changed_files (file_number integer)
