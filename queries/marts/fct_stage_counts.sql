-- fct_stage_counts
--
-- How many participants reached a stage of a feature how often, over the whole study, for those whom the
-- filters cannot tell apart. Ten stands for ten times or more; nought for a stage that was reached with a
-- quantity below one.
-- Grain: one row per arm_id, site_id, cohort, feature_id, stage, span and n_times with a participant.
-- Reads: int_stage_weeks
--
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: feature_id      VARCHAR  feature
-- Column: stage           VARCHAR  offered, delivered, seen or acted
-- Column: span            VARCHAR  'weeks' (from the start of study week 0 on) or 'ever'
-- Column: n_times         INTEGER  whole times that each reached it; 10 = ten or more
-- Column: n_participants  BIGINT   participants
-- Column: n_exposures     DOUBLE   times that they reached it in all
with

own as (

    select
        participant_id,
        arm_id,
        site_id,
        cohort,
        feature_id,
        stage,
        sum(n_exposures) as n_ever,
        sum(case when study_week >= 0 then n_exposures end) as n_in_weeks,
        max(case when study_week >= 0 then 1 else 0 end) as is_in_weeks
    from int_stage_weeks
    group by
        participant_id,
        arm_id,
        site_id,
        cohort,
        feature_id,
        stage

),

counted as (

    select
        arm_id,
        site_id,
        cohort,
        feature_id,
        stage,
        'ever' as span,
        n_ever as n_exposures
    from own
    union all
    select
        arm_id,
        site_id,
        cohort,
        feature_id,
        stage,
        'weeks' as span,
        n_in_weeks as n_exposures
    from own
    where is_in_weeks = 1

)

select
    arm_id,
    site_id,
    cohort,
    feature_id,
    stage,
    span,
    cast(least(floor(coalesce(n_exposures, 0)), 10) as integer) as n_times,
    count(*) as n_participants,
    sum(n_exposures) as n_exposures
from counted
group by
    arm_id,
    site_id,
    cohort,
    feature_id,
    stage,
    span,
    cast(least(floor(coalesce(n_exposures, 0)), 10) as integer)
