-- rename_paths_files
--
-- Put paths without the id of whoever is erased in place of those in `files`.
-- Grain: one row per row with such a path.
-- Reads: files, changed_paths
update files
set
    path = changed_paths.shown,
    message = replace(message, changed_paths.path, changed_paths.shown)
from changed_paths
where
    files.source_id = changed_paths.source_id
    and files.path = changed_paths.path
