-- rename_paths_rejected_rows
--
-- Put paths without the id of whoever is erased in place of those in `rejected_rows`.
-- Grain: one row per row with such a path.
-- Reads: rejected_rows, changed_paths
update rejected_rows
set
    source_file = changed_paths.shown
from changed_paths
where
    rejected_rows.source_id = changed_paths.source_id
    and rejected_rows.source_file = changed_paths.path
