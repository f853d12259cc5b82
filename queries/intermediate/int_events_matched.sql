-- int_events_matched
--
-- Events whose properties make them a stage of a feature: every property asked for has the value asked
-- for. Events whose name alone makes them one are not here, but in `int_names_matched`.
-- Grain: one row per event_key, feature_id and stage.
-- Reads: int_event_properties, int_names_matched
--
-- Column: event_key   BIGINT   event
-- Column: feature_id  VARCHAR  feature
-- Column: stage       VARCHAR  offered, delivered, seen or acted
-- Column: is_own      BOOLEAN  the participant's doing
with

-- A pattern holds when all of its properties do.
held as (

    select
        properties.event_key,
        matched.name_number,
        matched.feature_id,
        matched.stage,
        matched.is_own
    from int_event_properties as properties
    inner join int_names_matched as matched
        on
            properties.name_number = matched.name_number
            and properties.property = matched.property
            and properties.property_value = matched.property_value
    group by
        properties.event_key,
        matched.name_number,
        matched.feature_id,
        matched.stage,
        matched.is_own,
        matched.event_like,
        matched.n_properties
    having count(*) = matched.n_properties

),

named as (

    select distinct
        name_number,
        feature_id,
        stage
    from int_names_matched
    where property is null

)

-- One pattern is enough, whichever.
select distinct
    held.event_key,
    held.feature_id,
    held.stage,
    held.is_own
from held
left join named
    on
        held.name_number = named.name_number
        and held.feature_id = named.feature_id
        and held.stage = named.stage
where named.name_number is null
