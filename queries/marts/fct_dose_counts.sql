-- fct_dose_counts
--
-- How often each stage of a principle of persuasive design reached participants in a week at risk, added
-- up over those whom the filters cannot tell apart.
-- Grain: one row per arm_id, site_id, cohort, study_week, principle_id and stage that reached somebody.
-- Reads: int_stage_weeks, fct_participant_weeks, dim_features
--
-- Column: arm_id        VARCHAR  randomised group
-- Column: site_id       VARCHAR  recruiting centre
-- Column: cohort        VARCHAR  month of enrolment
-- Column: study_week    INTEGER  study week
-- Column: principle_id  VARCHAR  principle of the PSD model
-- Column: stage         VARCHAR  offered, delivered, seen or acted
-- Column: n_reached     BIGINT   participants at risk who reached it
-- Column: n_exposures   DOUBLE   times they reached it
with

principles as (

    select
        principle_id,
        count(*) as n_features
    from dim_features
    group by principle_id

),

own as (

    -- What has one feature only need not be added up for each participant.
    select
        stages.participant_id,
        stages.study_week,
        features.principle_id,
        stages.stage,
        stages.n_exposures
    from int_stage_weeks as stages
    inner join dim_features as features
        on stages.feature_id = features.feature_id
    inner join principles
        on features.principle_id = principles.principle_id
    where
        stages.is_from_day_zero
        and principles.n_features = 1
    union all
    select
        stages.participant_id,
        stages.study_week,
        features.principle_id,
        stages.stage,
        sum(stages.n_exposures) as n_exposures
    from int_stage_weeks as stages
    inner join dim_features as features
        on stages.feature_id = features.feature_id
    inner join principles
        on features.principle_id = principles.principle_id
    where
        stages.is_from_day_zero
        and principles.n_features > 1
    group by
        stages.participant_id,
        stages.study_week,
        features.principle_id,
        stages.stage

)

select
    weeks.arm_id,
    weeks.site_id,
    weeks.cohort,
    own.study_week,
    own.principle_id,
    own.stage,
    count(*) as n_reached,
    sum(own.n_exposures) as n_exposures
from own
inner join fct_participant_weeks as weeks
    on
        own.participant_id = weeks.participant_id
        and own.study_week = weeks.study_week
where own.n_exposures > 0
group by
    weeks.arm_id,
    weeks.site_id,
    weeks.cohort,
    own.study_week,
    own.principle_id,
    own.stage
