-- activity_by_week
--
-- Participants in the study and those who used the app, per seven days counted back from the as-of day.
-- Grain: one row per window of seven days in which somebody was in the study.
-- Reads: fct_participants, fct_participant_days, dim_weeks, dim_study, dim_build
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: window_start  DATE    first day; local dates
-- Column: window_end    DATE    last day, included
-- Column: n_in_study    BIGINT  participants past day 0 and not withdrawn before the window
-- Column: n_active      BIGINT  of these, who used the app at least once in the window
-- Column: share         DOUBLE  n_active of n_in_study, 0 to 1
with

people as (

    select
        participant_id,
        day_zero,
        withdrawn_date
    from fct_participants
    where
        ($sites is null or list_contains($sites, site_id))
        and ($arms is null or list_contains($arms, arm_id))
        and ($cohorts is null or list_contains($cohorts, cohort))
        and ($participants is null or list_contains($participants, participant_id))

),

numbers as (

    -- The study's weeks, times themselves: enough windows for a recruitment that outlasts a study.
    select weeks.study_week + blocks.study_week * (dim_study.last_week + 1) as n_back
    from dim_weeks as weeks
    cross join dim_weeks as blocks
    cross join dim_study

),

windows as (

    select
        dim_build.as_of_date - 7 * numbers.n_back - 6 as window_start,
        dim_build.as_of_date - 7 * numbers.n_back as window_end
    from numbers
    cross join dim_build
    where dim_build.as_of_date - 7 * numbers.n_back >= (select min(people.day_zero) from people)

),

present as (

    select
        windows.window_start,
        windows.window_end,
        people.participant_id
    from windows
    inner join people
        on
            windows.window_end >= people.day_zero
            and (people.withdrawn_date is null or windows.window_start <= people.withdrawn_date)

),

used as (

    select distinct
        windows.window_end,
        fct_participant_days.participant_id
    from fct_participant_days
    inner join windows
        on fct_participant_days.local_date between windows.window_start and windows.window_end

)

select
    present.window_start,
    present.window_end,
    cast(count(*) as bigint) as n_in_study,
    cast(count(used.participant_id) as bigint) as n_active,
    cast(count(used.participant_id) as double) / count(*) as share
from present
left join used
    on
        present.window_end = used.window_end
        and present.participant_id = used.participant_id
group by
    present.window_start,
    present.window_end
order by present.window_end
