-- rename_paths_receipts
--
-- Put paths without the id of whoever is erased in place of those in `receipts`.
-- Grain: one row per row with such a path.
-- Reads: receipts, changed_paths
update receipts
set
    source_file = changed_paths.shown,
    message = replace(message, changed_paths.path, changed_paths.shown)
from changed_paths
where
    receipts.source_id = changed_paths.source_id
    and receipts.source_file = changed_paths.path
