-- fct_participant_weeks
--
-- Use in each week at risk; a week without use is a row of zeros. Weeks still to come and weeks
-- that begin after the withdrawal are not here. Use before day 0 counts in no week. A week is complete
-- when its last day is wholly in the data and before the day of withdrawal, and none is before day 0;
-- the log is taken to have begun by then. Where a masked edition hides how long sessions took, events
-- and seconds of weeks with use are NULL.
-- Grain: one row per participant_id and study_week at risk.
-- Reads: int_weeks_at_risk, fct_participant_days, fct_exposure_weeks, fct_ledger, dim_study
--
-- Column: participant_id       VARCHAR  participant
-- Column: arm_id               VARCHAR  randomised group
-- Column: site_id              VARCHAR  recruiting centre
-- Column: cohort               VARCHAR  month of enrolment
-- Column: study_week           INTEGER  study week
-- Column: week_start           DATE     first local day of the week
-- Column: is_complete_week     BOOLEAN  all seven days are in the data and in the participant's time
-- Column: is_active            BOOLEAN  any session
-- Column: n_sessions           BIGINT   sessions begun
-- Column: n_active_days        BIGINT   days with use
-- Column: n_events             BIGINT   events of use
-- Column: active_s             DOUBLE   seconds of use, idle time capped
-- Column: due_sessions         BIGINT   sessions due and not excused; NULL without intended use
-- Column: done_sessions        BIGINT   of these, done; NULL without intended use
-- Column: n_distinct_features  BIGINT   features with an exposure
with

used as (

    select
        participant_id,
        study_week,
        cast(sum(n_sessions) as bigint) as n_sessions,
        count(*) as n_active_days,
        cast(sum(n_events) as bigint) as n_events,
        cast(sum(cast(active_s as decimal(18, 6))) as double) as active_s
    from fct_participant_days
    where study_day >= 0
    group by
        participant_id,
        study_week

),

due as (

    select
        participant_id,
        study_week,
        count(*) as due_sessions,
        cast(sum(case when status = 'done' then 1 else 0 end) as bigint) as done_sessions
    from fct_ledger
    where
        kind = 'session'
        and status <> 'excused'
    group by
        participant_id,
        study_week

),

featured as (

    select
        participant_id,
        study_week,
        count(*) as n_distinct_features
    from fct_exposure_weeks
    where n_exposures > 0
    group by
        participant_id,
        study_week

)

select
    weeks.participant_id,
    weeks.arm_id,
    weeks.site_id,
    weeks.cohort,
    weeks.study_week,
    weeks.week_start,
    weeks.is_complete_week,
    coalesce(used.n_sessions, 0) > 0 as is_active,
    coalesce(used.n_sessions, 0) as n_sessions,
    coalesce(used.n_active_days, 0) as n_active_days,
    case when used.participant_id is null then 0 else used.n_events end as n_events,
    cast(case when used.participant_id is null then 0 else used.active_s end as double) as active_s,
    case when dim_study.has_intended_use then coalesce(due.due_sessions, 0) end as due_sessions,
    case when dim_study.has_intended_use then coalesce(due.done_sessions, 0) end as done_sessions,
    coalesce(featured.n_distinct_features, 0) as n_distinct_features
from int_weeks_at_risk as weeks
cross join dim_study
left join used
    on
        weeks.participant_id = used.participant_id
        and weeks.study_week = used.study_week
left join due
    on
        weeks.participant_id = due.participant_id
        and weeks.study_week = due.study_week
left join featured
    on
        weeks.participant_id = featured.participant_id
        and weeks.study_week = featured.study_week
