-- exposure_funnel_counted
--
-- The same as `exposure_funnel` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per feature_id and stage that the study file defines; none seen = zero.
-- Like: reads/exposure_funnel.sql
-- Reads: fct_stage_counts, fct_participants, dim_features, dim_feature_events, dim_principles
with

stages as (

    select
        feature_id,
        stage,
        min(stage_rank) as stage_rank
    from dim_feature_events
    group by
        feature_id,
        stage

),

reached as (

    select
        feature_id,
        stage,
        sum(n_exposures) as n_exposures,
        cast(sum(case when $least = 1 or n_times >= $least then n_participants else 0 end) as bigint) as n_participants,
        cast(sum(n_participants) as bigint) as n_once,
        cast(sum(case when $least = 1 or n_times >= least(3, $least) then n_participants else 0 end) as bigint)
            as n_thrice
    from fct_stage_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and span = 'weeks'
        -- Added up over all weeks, and up to ten times.
        and $first_week = 0
        and $last_week >= 519
        and $least <= 10
    group by
        feature_id,
        stage

),

scope as (

    select count(*) as n_in_scope
    from fct_participants
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))

)

select
    features.feature_id,
    features.label as feature_label,
    features.category_id,
    principles.category_label,
    features.position,
    stages.stage,
    stages.stage_rank,
    stages.stage = features.exposure_stage as is_exposure,
    coalesce(reached.n_exposures, 0) as n_exposures,
    coalesce(reached.n_participants, 0) as n_participants,
    coalesce(reached.n_once, 0) as n_once,
    coalesce(reached.n_thrice, 0) as n_thrice,
    scope.n_in_scope
from dim_features as features
inner join stages
    on features.feature_id = stages.feature_id
left join dim_principles as principles
    on features.principle_id = principles.principle_id
left join reached
    on
        stages.feature_id = reached.feature_id
        and stages.stage = reached.stage
cross join scope
order by
    features.position,
    features.feature_id,
    stages.stage_rank
