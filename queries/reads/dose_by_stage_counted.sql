-- dose_by_stage_counted
--
-- The same as `dose_by_stage` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per principle_id, stage and study_week.
-- Like: reads/dose_by_stage.sql
-- Reads: fct_dose_counts, fct_use_counts, dim_features, dim_feature_events, dim_principles
with

stages as (

    select
        features.principle_id,
        principles.label as principle_label,
        features.category_id,
        principles.position,
        events.stage,
        min(events.stage_rank) as stage_rank,
        max(case when events.stage = features.exposure_stage then 1 else 0 end) = 1 as is_exposure
    from dim_features as features
    inner join dim_feature_events as events
        on features.feature_id = events.feature_id
    inner join dim_principles as principles
        on features.principle_id = principles.principle_id
    group by
        features.principle_id,
        principles.label,
        features.category_id,
        principles.position,
        events.stage

),

at_risk as (

    select
        study_week,
        cast(sum(n_over + n_open) as bigint) as n_participants,
        cast(sum(n_open) as bigint) as n_open
    from fct_use_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and study_week between $first_week and $last_week
    group by study_week
    having sum(n_over + n_open) > 0

),

met as (

    select
        principle_id,
        stage,
        study_week,
        cast(sum(n_reached) as bigint) as n_reached,
        sum(n_exposures) as n_exposures
    from fct_dose_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    group by
        principle_id,
        stage,
        study_week

)

select
    stages.principle_id,
    stages.principle_label,
    stages.category_id,
    stages.position,
    stages.stage,
    stages.stage_rank,
    stages.is_exposure,
    at_risk.study_week,
    at_risk.n_participants,
    at_risk.n_open,
    coalesce(met.n_reached, 0) as n_reached,
    coalesce(met.n_exposures, 0) / at_risk.n_participants as mean_reached
from stages
cross join at_risk
left join met
    on
        stages.principle_id = met.principle_id
        and stages.stage = met.stage
        and at_risk.study_week = met.study_week
order by
    stages.position,
    stages.stage_rank,
    at_risk.study_week
