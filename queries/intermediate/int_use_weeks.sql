-- int_use_weeks
--
-- Where each participant stands with the app in each week at risk, as ones and zeros that add up. A
-- week is over when its last day is wholly in the data, or when a withdrawal cut it short. In a week
-- that is over a participant stands at exactly one place: first week of use, used again, back after a
-- silence longer than the study's limit of non-usage, not this week, silent for longer than the limit,
-- or never begun. Planned weeks after a withdrawal that have passed are rows of somebody who left.
-- Grain: one row per participant_id and study_week at risk or after a withdrawal.
-- Reads: fct_participant_weeks, fct_participants, fct_participant_days, dim_weeks, dim_study, dim_build
--
-- Column: participant_id       VARCHAR  participant
-- Column: arm_id               VARCHAR  randomised group
-- Column: site_id              VARCHAR  recruiting centre
-- Column: cohort               VARCHAR  month of enrolment
-- Column: study_week           INTEGER  study week
-- Column: n_over               INTEGER  1 if the week is over
-- Column: n_open               INTEGER  1 if it is not
-- Column: n_left               INTEGER  1 if the participant withdrew before it began
-- Column: n_active             INTEGER  1 if it is over and had any session
-- Column: n_active_open        INTEGER  1 if it is not over and had any session
-- Column: n_new                INTEGER  1 if it is over and the first week of use
-- Column: n_continuing         INTEGER  1 if it is over and of use after use within the limit
-- Column: n_returning          INTEGER  1 if it is over and of use after a silence longer than the limit
-- Column: n_quiet              INTEGER  1 if it is over, without use, within the limit
-- Column: n_dormant            INTEGER  1 if it is over, without use, beyond the limit
-- Column: n_not_begun          INTEGER  1 if it is over and nothing was used so far
-- Column: n_active_4_weeks     INTEGER  1 if it is over and it or one of the three before had any session
-- Column: active_days          BIGINT   days with use of a week that is over
-- Column: active_days_squared  BIGINT   their square
with

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
        weeks.participant_id,
        weeks.arm_id,
        weeks.site_id,
        weeks.cohort,
        weeks.study_week,
        weeks.week_start,
        weeks.is_active,
        weeks.n_active_days,
        weeks.is_complete_week or people.withdrawn_date is not null as is_over,
        used.first_date,
        max(used.last_date) over (
            partition by weeks.participant_id
            order by weeks.study_week
            rows between unbounded preceding and 1 preceding
        ) as used_before_date,
        max(case when weeks.is_active then 1 else 0 end) over (
            partition by weeks.participant_id
            order by weeks.study_week
            rows between 3 preceding and current row
        ) as is_active_4_weeks
    from fct_participant_weeks as weeks
    inner join fct_participants as people
        on weeks.participant_id = people.participant_id
    left join used
        on
            weeks.participant_id = used.participant_id
            and weeks.study_week = used.study_week

),

classed as (

    select
        dated.*,
        case when dated.is_over then 1 else 0 end as n_over,
        case when dated.is_active then 1 else 0 end as is_used,
        case
            when not dated.is_over then 'open'
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
    participant_id,
    arm_id,
    site_id,
    cohort,
    study_week,
    n_over,
    1 - n_over as n_open,
    0 as n_left,
    n_over * is_used as n_active,
    (1 - n_over) * is_used as n_active_open,
    case when standing = 'new' then 1 else 0 end as n_new,
    case when standing = 'continuing' then 1 else 0 end as n_continuing,
    case when standing = 'returning' then 1 else 0 end as n_returning,
    case when standing = 'quiet' then 1 else 0 end as n_quiet,
    case when standing = 'dormant' then 1 else 0 end as n_dormant,
    case when standing = 'not_begun' then 1 else 0 end as n_not_begun,
    n_over * is_active_4_weeks as n_active_4_weeks,
    n_over * is_used * n_active_days as active_days,
    n_over * is_used * n_active_days * n_active_days as active_days_squared
from classed
union all
select
    people.participant_id,
    people.arm_id,
    people.site_id,
    people.cohort,
    dim_weeks.study_week,
    0 as n_over,
    0 as n_open,
    1 as n_left,
    0 as n_active,
    0 as n_active_open,
    0 as n_new,
    0 as n_continuing,
    0 as n_returning,
    0 as n_quiet,
    0 as n_dormant,
    0 as n_not_begun,
    0 as n_active_4_weeks,
    0 as active_days,
    0 as active_days_squared
from fct_participants as people
cross join dim_weeks
cross join dim_study
cross join dim_build
left join fct_participant_weeks as weeks
    on
        people.participant_id = weeks.participant_id
        and dim_weeks.study_week = weeks.study_week
where
    people.withdrawn_date is not null
    and weeks.participant_id is null
    and dim_weeks.study_week < dim_study.planned_weeks
    and people.day_zero + cast(7 * dim_weeks.study_week + 6 as integer) < dim_build.as_of_date
