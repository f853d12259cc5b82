-- retention_by_week
--
-- Of the participants whose study week is over, how many were still in the study at its end and how
-- many used the app in it. Who withdrew stays in the denominator; weeks are counted from day 0. Use
-- is shown in the planned weeks only.
-- Grain: one row per arm and study week that is over for somebody.
-- Reads: fct_participants, fct_participant_weeks, dim_weeks, dim_arms, dim_study, dim_build
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
--
-- Column: arm_id        VARCHAR  randomised group; 'unknown' where not recorded
-- Column: arm_label     VARCHAR  as the pages name it
-- Column: arm_position  INTEGER  order of the arms
-- Column: study_week    INTEGER  whole weeks since day 0
-- Column: n_reached     BIGINT   participants whose week is over
-- Column: n_in_study    BIGINT   of these, not withdrawn from the study by its end
-- Column: n_active      BIGINT   of these, with use in the week; NULL after the planned weeks
with

visible as (

    select
        people.participant_id,
        people.day_zero,
        coalesce(people.withdrawal_kind = 'stopped_app', false) as keeps_follow_up,
        people.withdrawn_date,
        coalesce(people.arm_id, 'unknown') as arm_id,
        coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known')
            as arm_label,
        coalesce(arms.position, 9999) as arm_position
    from fct_participants as people
    left join dim_arms as arms
        on people.arm_id = arms.arm_id
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

),

-- Many began on one day, and what became of their weeks differs by their withdrawal only.
alike as (

    select
        arm_id,
        arm_label,
        arm_position,
        day_zero,
        withdrawn_date,
        keeps_follow_up,
        count(*) as n_participants
    from visible
    group by
        arm_id,
        arm_label,
        arm_position,
        day_zero,
        withdrawn_date,
        keeps_follow_up

),

reached as (

    select
        alike.arm_id,
        alike.arm_label,
        alike.arm_position,
        dim_weeks.study_week,
        max(case when dim_weeks.study_week < dim_study.planned_weeks then 1 else 0 end) as is_planned,
        sum(alike.n_participants) as n_reached,
        sum(case
            when
                alike.withdrawn_date is null
                or alike.keeps_follow_up
                or alike.withdrawn_date > alike.day_zero + cast(7 * dim_weeks.study_week + 6 as integer)
                then alike.n_participants
            else 0
        end) as n_in_study
    from alike
    cross join dim_weeks
    cross join dim_study
    cross join dim_build
    where alike.day_zero + cast(7 * dim_weeks.study_week + 6 as integer) < dim_build.as_of_date
    group by
        alike.arm_id,
        alike.arm_label,
        alike.arm_position,
        dim_weeks.study_week

),

active as (

    select
        visible.arm_id,
        visible.arm_label,
        visible.arm_position,
        weeks.study_week,
        count(*) as n_active
    from fct_participant_weeks as weeks
    inner join visible
        on weeks.participant_id = visible.participant_id
    cross join dim_build
    where
        weeks.is_active
        and visible.day_zero + cast(7 * weeks.study_week + 6 as integer) < dim_build.as_of_date
    group by
        visible.arm_id,
        visible.arm_label,
        visible.arm_position,
        weeks.study_week

)

select
    reached.arm_id,
    reached.arm_label,
    cast(reached.arm_position as integer) as arm_position,
    reached.study_week,
    cast(reached.n_reached as bigint) as n_reached,
    cast(reached.n_in_study as bigint) as n_in_study,
    case
        when reached.is_planned = 1 then cast(coalesce(active.n_active, 0) as bigint)
    end as n_active
from reached
left join active
    on
        reached.arm_id = active.arm_id
        and reached.arm_label = active.arm_label
        and reached.arm_position = active.arm_position
        and reached.study_week = active.study_week
order by
    arm_position,
    reached.arm_id,
    reached.study_week
