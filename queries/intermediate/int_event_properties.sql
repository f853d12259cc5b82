-- int_event_properties
--
-- Properties of events, where a pattern or a randomised variant asks for them; all others are not
-- looked at.
-- Grain: one row per event_key and property that is there.
-- Reads: stg_events, int_restarts, stg_event_names, int_names_matched, dim_variants
--
-- Param: part     INTEGER  which part of the participants, from 0
-- Param: n_parts  INTEGER  how many parts there are
--
-- Column: event_key       BIGINT   event
-- Column: name_number     INTEGER  name and version
-- Column: property        VARCHAR  property
-- Column: property_value  VARCHAR  its value as text
with

asked as (

    select
        name_number,
        property
    from int_names_matched
    where property is not null
    union
    select
        matched.name_number,
        dim_variants.property
    from int_names_matched as matched
    inner join dim_variants
        on matched.feature_id = dim_variants.feature_id
    where
        matched.stage = 'delivered'
        and dim_variants.is_randomised
        and dim_variants.property is not null

),

wanted as (

    select
        names.event_name,
        names.app_version,
        asked.name_number,
        asked.property
    from asked
    inner join stg_event_names as names
        on asked.name_number = names.name_number

),

looked_at as (

    select
        stg_events.event_key,
        wanted.name_number,
        wanted.property,
        -- A dot reaches into a nested object, or stands in the name of a flat property.
        coalesce(
            json_extract_string(stg_events.properties, '$.' || wanted.property),
            json_extract_string(stg_events.properties, '$."' || wanted.property || '"')
        ) as property_value
    from stg_events
    inner join wanted
        on
            stg_events.event_name = wanted.event_name
            and stg_events.app_version = wanted.app_version
    inner join int_restarts as restarts
        on
            stg_events.participant_id = restarts.participant_id
            and restarts.restart_date <= stg_events.local_date
    where restarts.participant_number % cast($n_parts as integer) = $part

)

select
    event_key,
    name_number,
    property,
    property_value
from looked_at
where property_value is not null
