-- usage_to_date
--
-- Mean share of complete study weeks in which participants used the app, per arm, with a 95 % interval.
-- Grain: one row per arm with somebody who completed a week.
-- Reads: fct_participant_weeks, dim_arms, dim_study
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: definition_label  VARCHAR  what is counted
-- Column: arm_id            VARCHAR  arm; '' where the study has none
-- Column: arm_label         VARCHAR  what a person reads
-- Column: arm_position      INTEGER  order in the study file
-- Column: n_evaluable       BIGINT   participants with at least one complete week
-- Column: n_yes             BIGINT   always NULL: a mean has no count
-- Column: share             DOUBLE   mean over participants, 0 to 1
-- Column: low               DOUBLE   lower end of the normal interval; NULL for one participant
-- Column: high              DOUBLE   upper end of the normal interval; NULL for one participant
with

people as (

    select
        fct_participant_weeks.participant_id,
        coalesce(fct_participant_weeks.arm_id, '') as arm_id,
        avg(cast(fct_participant_weeks.is_active as double)) as share
    from fct_participant_weeks
    cross join dim_study
    where
        fct_participant_weeks.is_complete_week
        and fct_participant_weeks.study_week < dim_study.planned_weeks
        and ($sites is null or list_contains($sites, fct_participant_weeks.site_id))
        and ($arms is null or list_contains($arms, fct_participant_weeks.arm_id))
        and ($cohorts is null or list_contains($cohorts, fct_participant_weeks.cohort))
        and (
            $participants is null
            or list_contains($participants, fct_participant_weeks.participant_id)
        )
    group by
        fct_participant_weeks.participant_id,
        fct_participant_weeks.arm_id

),

means as (

    select
        arm_id,
        count(*) as n,
        avg(share) as share,
        1.959964 * stddev_samp(share) / sqrt(count(*)) as half_width
    from people
    group by arm_id

)

select
    'Weeks with any use' as definition_label,
    means.arm_id,
    coalesce(dim_arms.label, 'All participants') as arm_label,
    coalesce(dim_arms.position, 0) as arm_position,
    cast(means.n as bigint) as n_evaluable,
    cast(null as bigint) as n_yes,
    means.share,
    -- greatest and least skip NULL: one participant must not get an interval from 0 to 1.
    case when means.half_width is not null then greatest(means.share - means.half_width, 0.0) end as low,
    case when means.half_width is not null then least(means.share + means.half_width, 1.0) end as high
from means
left join dim_arms
    on means.arm_id = dim_arms.arm_id
order by
    arm_position,
    means.arm_id
