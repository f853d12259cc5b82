-- fct_progress_counts
--
-- How far each study week has come, follow-up included, for the participants whom the filters cannot tell
-- apart.
-- Grain: one row per arm_id, site_id, cohort and study_week.
-- Reads: fct_participants, fct_participant_weeks, dim_weeks, dim_build
--
-- Column: arm_id         VARCHAR  randomised group
-- Column: site_id        VARCHAR  recruiting centre
-- Column: cohort         VARCHAR  month of enrolment
-- Column: study_week     INTEGER  study week
-- Column: n_at_risk      BIGINT   participants whose week has begun, and who had not withdrawn before
-- Column: n_open         BIGINT   of those, participants whose week is not over
-- Column: n_not_reached  BIGINT   participants whose week is still to come
with

calendar as (

    select
        people.arm_id,
        people.site_id,
        people.cohort,
        people.withdrawn_date,
        dim_weeks.study_week,
        dim_build.as_of_date,
        coalesce(first_weeks.week_start, people.day_zero)
        + cast(7 * dim_weeks.study_week as integer) as week_start,
        coalesce(first_weeks.week_start, people.day_zero)
        + cast(7 * dim_weeks.study_week + 6 as integer) as week_end
    from fct_participants as people
    left join fct_participant_weeks as first_weeks
        on
            people.participant_id = first_weeks.participant_id
            and first_weeks.study_week = 0
    cross join dim_weeks
    cross join dim_build

)

select
    arm_id,
    site_id,
    cohort,
    study_week,
    cast(
        sum(
            case
                when week_start <= as_of_date and (withdrawn_date is null or withdrawn_date >= week_start) then 1
                else 0
            end
        ) as bigint
    ) as n_at_risk,
    cast(
        sum(
            case
                when week_start <= as_of_date and week_end >= as_of_date and withdrawn_date is null then 1
                else 0
            end
        ) as bigint
    ) as n_open,
    cast(sum(case when week_start > as_of_date and withdrawn_date is null then 1 else 0 end) as bigint)
        as n_not_reached
from calendar
group by
    arm_id,
    site_id,
    cohort,
    study_week
