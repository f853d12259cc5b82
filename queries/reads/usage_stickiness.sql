-- usage_stickiness
--
-- How habitual use is in each study week that is over: days with use among those who used the app, and
-- how many of a four weeks' users came in the last of them.
-- Grain: one row per study_week that is over for somebody.
-- Reads: fct_participants, fct_participant_weeks
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: study_week        INTEGER  whole weeks since day 0
-- Column: n_participants    BIGINT   in the study that week, and the week is over
-- Column: n_active          BIGINT   of those, with use in the week
-- Column: mean_active_days  DOUBLE   days with use among those with use in the week
-- Column: sd_active_days    DOUBLE   between participants; NULL when n_active = 1
-- Column: n_active_4_weeks  BIGINT   with use in the week or the three before; NULL before week 3
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

looked_back as (

    select
        weeks.*,
        max(case when weeks.is_active then 1 else 0 end) over (
            partition by weeks.participant_id
            order by weeks.study_week
            rows between 3 preceding and current row
        ) as is_active_4_weeks
    from weeks

)

select
    study_week,
    count(*) as n_participants,
    cast(sum(case when is_active then 1 else 0 end) as bigint) as n_active,
    avg(case when is_active then n_active_days end) as mean_active_days,
    stddev_samp(case when is_active then n_active_days end) as sd_active_days,
    case when study_week >= 3 then cast(sum(is_active_4_weeks) as bigint) end as n_active_4_weeks
from looked_back
where
    is_over
    and study_week between $first_week and $last_week
group by study_week
order by study_week
