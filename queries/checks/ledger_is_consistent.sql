-- ledger_is_consistent
--
-- Things due whose status is unknown, or does not go with whether they were done.
-- Grain: one row per such obligation.
-- Reads: fct_ledger
-- Severity: fail
--
-- Column: obligation_id  VARCHAR  what was due
-- Column: status         VARCHAR  its status
select
    obligation_id,
    status
from fct_ledger
where
    status not in ('done', 'late', 'open', 'missed', 'excused')
    or (done_at is not null) <> (status in ('done', 'late'))
    or window_end < window_start
