-- held_version
--
-- Arrangement of the loader's tables.
-- Grain: one row.
-- Reads: raw_version
--
-- Column: version  INTEGER  the latest there was
select max(version) as version
from raw_version
