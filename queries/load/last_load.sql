-- last_load
--
-- Whether the load before came to its end.
-- Grain: one row, or none before the first load.
-- Reads: loads
--
-- Column: is_finished  BOOLEAN  false if it was interrupted
select finished_at is not null as is_finished
from loads
order by
    load_number desc
limit 1
