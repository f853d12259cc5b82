-- own_counts
--
-- What became of the events of a lake that other software writes.
-- Grain: one row per reason.
-- Reads: own_judged
--
-- Column: reason    VARCHAR  why they were refused; NULL for those that count
-- Column: n_events  BIGINT   events
select
    reason,
    count(*) as n_events
from own_judged
group by reason
