-- every_file
--
-- All files, where there is no telling which of them a load changed.
-- Grain: one row per file.
-- Reads: files
create or replace temp table changed_files as
select file_number
from files
