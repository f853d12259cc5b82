-- feature_dictionary
--
-- What the events of the app mean in this study: every pattern of the study file with its feature, stage
-- and versions, and how often the stage was reached. A pattern with several properties has a row for each.
-- Grain: one row per feature_id, stage, event_like, valid_from, valid_to and property.
-- Reads: dim_features, dim_feature_events, dim_principles, fct_exposures, fct_participants
--
-- Param: sites         VARCHAR[]  sites that the viewer may see; NULL = all
-- Param: participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: feature_id       VARCHAR  feature
-- Column: feature_label    VARCHAR  as the pages name it
-- Column: principle_id     VARCHAR  principle of the PSD model
-- Column: principle_label  VARCHAR  as the pages name it
-- Column: category_id      VARCHAR  category of the PSD model
-- Column: category_label   VARCHAR  as the pages name it
-- Column: is_always_on     BOOLEAN  shown to everybody all the time
-- Column: position         INTEGER  order of the features
-- Column: stage            VARCHAR  'offered', 'delivered', 'seen' or 'acted'
-- Column: stage_rank       INTEGER  order of the stages
-- Column: is_exposure      BOOLEAN  the stage that counts as an exposure to this feature
-- Column: event_like       VARCHAR  pattern of the event's name, for LIKE with a backslash as escape
-- Column: property         VARCHAR  property that the event must have; NULL = none is asked for
-- Column: property_value   VARCHAR  the value that it must have
-- Column: valid_from       VARCHAR  first app version in which it means this; NULL = any
-- Column: valid_to         VARCHAR  last app version in which it means this; NULL = any
-- Column: n_exposures      DOUBLE   times the feature's stage was reached, by any of its patterns
-- Column: n_participants   BIGINT   participants who reached it
with

reached as (

    select
        exposures.feature_id,
        exposures.stage,
        sum(exposures.n_exposures) as n_exposures,
        count(distinct exposures.participant_id) as n_participants
    from fct_exposures as exposures
    inner join fct_participants as people
        on exposures.participant_id = people.participant_id
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )
    group by
        exposures.feature_id,
        exposures.stage

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
