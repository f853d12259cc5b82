-- fct_activity_counts
--
-- Who was in the study and who used the app, per seven days counted back from the as-of day, for the
-- participants whom the filters cannot tell apart.
-- Grain: one row per arm_id, site_id, cohort and window_end with somebody in the study.
-- Reads: fct_participants, fct_participant_days, dim_weeks, dim_study, dim_build
--
-- Column: arm_id      VARCHAR  randomised group
-- Column: site_id     VARCHAR  recruiting centre
-- Column: cohort      VARCHAR  month of enrolment
-- Column: window_end  DATE     last of the seven days
-- Column: n_in_study  BIGINT   participants past day 0 by then, who had not withdrawn before
-- Column: n_active    BIGINT   of those, participants with use in the window
with

numbers as (

    -- The study's weeks, times themselves: enough windows for a recruitment that outlasts a study.
    select cast(weeks.study_week + blocks.study_week * (dim_study.last_week + 1) as integer) as n_back
    from dim_weeks as weeks
    cross join dim_weeks as blocks
    cross join dim_study

),

present as (

    select
        people.participant_id,
        people.arm_id,
        people.site_id,
        people.cohort,
        numbers.n_back
    from fct_participants as people
    cross join dim_build
    inner join numbers
        on
            dim_build.as_of_date - cast(7 * numbers.n_back as integer) >= people.day_zero
            and (
                people.withdrawn_date is null
                or dim_build.as_of_date - cast(7 * numbers.n_back + 6 as integer) <= people.withdrawn_date
            )

),

used as (

    select distinct
        days.participant_id,
        cast(floor(date_diff('day', days.local_date, dim_build.as_of_date) / 7.0) as integer) as n_back
    from fct_participant_days as days
    cross join dim_build
    where days.local_date <= dim_build.as_of_date

)

select
    present.arm_id,
    present.site_id,
    present.cohort,
    dim_build.as_of_date - cast(7 * present.n_back as integer) as window_end,
    count(*) as n_in_study,
    count(used.participant_id) as n_active
from present
cross join dim_build
left join used
    on
        present.participant_id = used.participant_id
        and present.n_back = used.n_back
group by
    present.arm_id,
    present.site_id,
    present.cohort,
    dim_build.as_of_date - cast(7 * present.n_back as integer)
