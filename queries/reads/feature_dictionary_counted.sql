-- feature_dictionary_counted
--
-- The same as `feature_dictionary` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per feature_id, stage, event_like, valid_from, valid_to and property.
-- Like: reads/feature_dictionary.sql
-- Reads: dim_features, dim_feature_events, dim_principles, fct_stage_counts
with

reached as (

    select
        feature_id,
        stage,
        sum(n_exposures) as n_exposures,
        cast(sum(n_participants) as bigint) as n_participants
    from fct_stage_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and span = 'ever'
    group by
        feature_id,
        stage

)

select
    features.feature_id,
    features.label as feature_label,
    features.principle_id,
    principles.label as principle_label,
    features.category_id,
    principles.category_label,
    features.is_always_on,
    features.position,
    events.stage,
    events.stage_rank,
    events.stage = features.exposure_stage as is_exposure,
    events.event_like,
    events.property,
    events.property_value,
    events.valid_from,
    events.valid_to,
    coalesce(reached.n_exposures, 0) as n_exposures,
    coalesce(reached.n_participants, 0) as n_participants
from dim_feature_events as events
inner join dim_features as features
    on events.feature_id = features.feature_id
inner join dim_principles as principles
    on features.principle_id = principles.principle_id
left join reached
    on
        events.feature_id = reached.feature_id
        and events.stage = reached.stage
order by
    features.position,
    features.feature_id,
    events.stage_rank,
    events.event_like,
    events.valid_from,
    events.valid_to,
    events.property,
    events.property_value
