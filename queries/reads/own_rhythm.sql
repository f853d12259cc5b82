-- own_rhythm
--
-- How long each participant has been silent, held against their own days of use: the gaps between one
-- day of use and the next, from day 0 on. A silence is longer than usual when it is more than twice
-- the participant's own middle gap and longer than nine in ten of their own gaps. Fewer than four gaps
-- are no rhythm, and nobody is silent in time in which no use is meant or shown: before day 0, after
-- the planned weeks, after a withdrawal. Then the silence is not known, not short.
-- Grain: one row per participant_id.
-- Reads: fct_participants, fct_rhythms, dim_build, dim_study
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: participant_id        VARCHAR  participant
-- Column: last_use_date         DATE     last day of use from day 0 on; NULL if never
-- Column: days_since_use        INTEGER  days from the last day of use to the as-of day; NULL if never used
-- Column: n_gaps                INTEGER  gaps between days of use; 0 with one day or none
-- Column: median_gap_days       DOUBLE   middle gap, days; 1 is daily use; NULL with fewer than 4 gaps
-- Column: long_gap_days         DOUBLE   gap that nine in ten of their gaps do not exceed; NULL likewise
-- Column: silence_days          INTEGER  days without use so far, from day 0 if never; NULL when not known
-- Column: times_usual           DOUBLE   silence in middle gaps; NULL when either is not known
-- Column: is_longer_than_usual  BOOLEAN  silent for longer than usual; NULL when it cannot be told
-- Column: why_not_known         VARCHAR  'no_day_zero', 'before_day_zero', 'withdrawn', 'after_planned_weeks', 'never_used' or 'too_few_days'; NULL when it can be told
with

people as (

    select
        fct_participants.participant_id,
        fct_participants.last_use_date,
        cast(dim_build.as_of_date - fct_participants.last_use_date as integer) as days_since_use,
        case
            when fct_participants.day_zero is null then 'no_day_zero'
            when fct_participants.day_zero > dim_build.as_of_date then 'before_day_zero'
            when fct_participants.withdrawn_date is not null then 'withdrawn'
            when dim_build.as_of_date >= fct_participants.day_zero + 7 * dim_study.planned_weeks
                then 'after_planned_weeks'
        end as out_of_time,
        cast(
            dim_build.as_of_date
            - coalesce(fct_participants.last_use_date, fct_participants.day_zero) as integer
        ) as days_without
    from fct_participants
    cross join dim_build
    cross join dim_study
    where
        ($sites is null or list_contains(cast($sites as varchar[]), fct_participants.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), fct_participants.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), fct_participants.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), fct_participants.participant_id)
        )

),

silences as (

    select
        people.participant_id,
        people.last_use_date,
        people.days_since_use,
        coalesce(rhythms.n_gaps, 0) as n_gaps,
        rhythms.median_gap_days,
        rhythms.long_gap_days,
        case when people.out_of_time is null then people.days_without end as silence_days,
        case
            when people.out_of_time is not null then people.out_of_time
            when people.last_use_date is null then 'never_used'
            when rhythms.median_gap_days is null then 'too_few_days'
        end as why_not_known
    from people
    left join fct_rhythms as rhythms
        on people.participant_id = rhythms.participant_id

)

select
    participant_id,
    last_use_date,
    days_since_use,
    n_gaps,
    median_gap_days,
    long_gap_days,
    silence_days,
    case
        when why_not_known is null then silence_days / nullif(median_gap_days, 0)
    end as times_usual,
    case
        when why_not_known is null
            then silence_days > 2 * median_gap_days and silence_days > long_gap_days
    end as is_longer_than_usual,
    why_not_known
from silences
order by participant_id
