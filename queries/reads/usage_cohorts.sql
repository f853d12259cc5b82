-- usage_cohorts
--
-- Who used the app in each study week, by month of enrolment.
-- Grain: one row per cohort and study_week that somebody of it has begun.
-- Reads: fct_participants, fct_participant_weeks
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: cohort          VARCHAR  month of enrolment
-- Column: study_week      INTEGER  whole weeks since day 0
-- Column: n_participants  BIGINT   in the study that week, and the week is over
-- Column: n_active        BIGINT   of those, with use in the week
-- Column: n_open          BIGINT   in the study, and the week is not over
with

weeks as (

    select
        weeks_at_risk.participant_id,
        weeks_at_risk.cohort,
        weeks_at_risk.study_week,
        weeks_at_risk.week_start,
        weeks_at_risk.is_active,
        weeks_at_risk.n_active_days,
        -- Withdrawal ends a week; a week that the log does not reach the end of stays open.
        weeks_at_risk.is_complete_week or people.withdrawn_date is not null as is_over
    from fct_participant_weeks as weeks_at_risk
    inner join fct_participants as people
        on weeks_at_risk.participant_id = people.participant_id
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), weeks_at_risk.site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), weeks_at_risk.arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), weeks_at_risk.cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), weeks_at_risk.participant_id)
        )

)

select
    cohort,
    study_week,
    cast(sum(case when is_over then 1 else 0 end) as bigint) as n_participants,
    cast(sum(case when is_over and is_active then 1 else 0 end) as bigint) as n_active,
    cast(sum(case when is_over then 0 else 1 end) as bigint) as n_open
from weeks
where study_week between $first_week and $last_week
group by
    cohort,
    study_week
order by
    cohort,
    study_week
