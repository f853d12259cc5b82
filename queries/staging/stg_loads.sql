-- stg_loads
--
-- Loads so far; the build tells from them what it may take from the build before.
-- Grain: one row per load.
-- Reads: raw.loads
--
-- Column: load_number  BIGINT   1 for the first
-- Column: load_id      VARCHAR  the load's id
-- Column: is_finished  BOOLEAN  it came to its end
select
    load_number,
    load_id,
    finished_at is not null as is_finished
from raw.loads
