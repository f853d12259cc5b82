-- fct_participant_days
--
-- Days with use. A session counts, whole, on the local day on which it began. Where a masked edition
-- hides how long sessions took, events and seconds are NULL.
-- Grain: one row per participant_id and local_date with use.
-- Reads: fct_sessions
--
-- Column: participant_id  VARCHAR  participant
-- Column: local_date      DATE     date in the participant's time zone
-- Column: study_day       INTEGER  days since day 0; negative before it
-- Column: study_week      INTEGER  whole weeks since the start of week 0; negative before it
-- Column: n_sessions      BIGINT   sessions begun
-- Column: n_events        BIGINT   events of use in them
-- Column: active_s        DOUBLE   seconds of use, idle time capped; single events add none
select
    participant_id,
    local_date,
    study_day,
    study_week,
    count(*) as n_sessions,
    cast(sum(n_events) as bigint) as n_events,
    -- Whole microseconds, so that the sum is the same in any order.
    case
        when count(n_events) = count(*)
            then cast(sum(cast(coalesce(duration_s, 0) as decimal(18, 6))) as double)
    end as active_s
from fct_sessions
group by
    participant_id,
    local_date,
    study_day,
    study_week
