-- usage_retention
--
-- Who used the app in each study week, of those whose week is over. Who withdrew before a week began
-- is counted beside those who were still in the study. Planned weeks only.
-- Grain: one row per study_week that somebody has begun.
-- Reads: fct_participants, fct_participant_weeks, dim_weeks, dim_study, dim_build
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: study_week      INTEGER  whole weeks since day 0
-- Column: n_participants  BIGINT   in the study that week, and the week is over
-- Column: n_active        BIGINT   of those, with use in the week
-- Column: n_left          BIGINT   withdrawn before the week began, where it would be over by now
-- Column: n_open          BIGINT   in the study, and the week is not over
-- Column: n_active_open   BIGINT   of those, with use in the week so far
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

),

departed as (

    select
        dim_weeks.study_week,
        count(*) as n_left
    from fct_participants as people
    cross join dim_weeks
    cross join dim_study
    cross join dim_build
    left join fct_participant_weeks as weeks_at_risk
        on
            people.participant_id = weeks_at_risk.participant_id
            and dim_weeks.study_week = weeks_at_risk.study_week
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )
        and people.withdrawn_date is not null
        and weeks_at_risk.participant_id is null
        and dim_weeks.study_week < dim_study.planned_weeks
        and people.day_zero + cast(7 * dim_weeks.study_week + 6 as integer) < dim_build.as_of_date
    group by dim_weeks.study_week

)

select
    weeks.study_week,
    cast(sum(case when weeks.is_over then 1 else 0 end) as bigint) as n_participants,
    cast(sum(case when weeks.is_over and weeks.is_active then 1 else 0 end) as bigint) as n_active,
    coalesce(min(departed.n_left), 0) as n_left,
    cast(sum(case when weeks.is_over then 0 else 1 end) as bigint) as n_open,
    cast(sum(case when not weeks.is_over and weeks.is_active then 1 else 0 end) as bigint) as n_active_open
from weeks
left join departed
    on weeks.study_week = departed.study_week
where weeks.study_week between $first_week and $last_week
group by weeks.study_week
order by weeks.study_week
