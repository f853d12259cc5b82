-- update_file_counts
--
-- Write down what became of the records of files.
-- Grain: one row per file.
-- Reads: files, counted_files
update files
set
    rows_loaded = counted_files.rows_loaded,
    rows_duplicate = counted_files.rows_duplicate,
    rows_rejected = counted_files.rows_rejected,
    cells_refused = counted_files.cells_refused
from counted_files
where files.file_number = counted_files.file_number
