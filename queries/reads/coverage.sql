-- coverage
--
-- Loaded events and answers per day; days without either have no row.
-- Grain: one row per local date with data.
-- Reads: fct_data_days
-- Concerns: no participant; volumes of the log as a whole, by day
--
-- Column: local_date  DATE    participants' local date
-- Column: n_events    BIGINT  loaded events
-- Column: n_answers   BIGINT  loaded answers
select
    local_date,
    n_events,
    n_answers
from fct_data_days
order by local_date
