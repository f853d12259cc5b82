-- usage_lifecycle
--
-- Where participants stand with the app in each study week that is over for them: their first week of
-- use, used again, back after a silence longer than the study's limit of non-usage, not this week,
-- silent for longer than the limit, or never begun.
-- Grain: one row per study_week that somebody has begun.
-- Reads: fct_participants, fct_participant_weeks, fct_participant_days, dim_study
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
-- Column: n_new           BIGINT   used the app for the first time
-- Column: n_continuing    BIGINT   used it, after a silence no longer than the limit
-- Column: n_returning     BIGINT   used it, after a silence longer than the limit
-- Column: n_quiet         BIGINT   no use this week; at its end silent for no longer than the limit
-- Column: n_dormant       BIGINT   no use this week; at its end silent for longer than the limit
-- Column: n_not_begun     BIGINT   has not used the app so far
-- Column: n_open          BIGINT   in the study, and the week is not over; in no class
-- Column: limit_days      INTEGER  days of silence after which somebody counts as dormant
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

used as (

    select
        participant_id,
        study_week,
        min(local_date) as first_date,
        max(local_date) as last_date
    from fct_participant_days
    where study_day >= 0
    group by
        participant_id,
        study_week

),

dated as (

    select
        weeks.*,
        used.first_date,
        max(used.last_date) over (
            partition by weeks.participant_id
            order by weeks.study_week
            rows between unbounded preceding and 1 preceding
        ) as used_before_date
    from weeks
    left join used
        on
            weeks.participant_id = used.participant_id
            and weeks.study_week = used.study_week

),

classed as (

    select
        dated.study_week,
        dated.is_over,
        dim_study.nonusage_days,
        case
            when dated.first_date is not null and dated.used_before_date is null then 'new'
            when
                dated.first_date is not null
                and date_diff('day', dated.used_before_date, dated.first_date) > dim_study.nonusage_days
                then 'returning'
            when dated.first_date is not null then 'continuing'
            when dated.used_before_date is null then 'not_begun'
            when
                date_diff('day', dated.used_before_date, dated.week_start) + 6 > dim_study.nonusage_days
                then 'dormant'
            else 'quiet'
        end as standing
    from dated
    cross join dim_study

)

select
    study_week,
    cast(sum(case when is_over then 1 else 0 end) as bigint) as n_participants,
    cast(sum(case when is_over and standing = 'new' then 1 else 0 end) as bigint) as n_new,
    cast(sum(case when is_over and standing = 'continuing' then 1 else 0 end) as bigint) as n_continuing,
    cast(sum(case when is_over and standing = 'returning' then 1 else 0 end) as bigint) as n_returning,
    cast(sum(case when is_over and standing = 'quiet' then 1 else 0 end) as bigint) as n_quiet,
    cast(sum(case when is_over and standing = 'dormant' then 1 else 0 end) as bigint) as n_dormant,
    cast(sum(case when is_over and standing = 'not_begun' then 1 else 0 end) as bigint) as n_not_begun,
    cast(sum(case when is_over then 0 else 1 end) as bigint) as n_open,
    min(nonusage_days) as limit_days
from classed
where study_week between $first_week and $last_week
group by study_week
order by study_week
