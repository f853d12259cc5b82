-- int_events_matched
--
-- Events that count as a stage of a feature: the name fits the pattern, the app's version lies
-- within the pattern's (both ends included, compared number by number), and every property asked
-- for has the value asked for. Several rows of one feature, stage and pattern are several
-- properties that must hold together.
-- Grain: one row per event_key, feature_id and stage.
-- Reads: stg_events, dim_feature_events, dim_features
--
-- Column: event_key       VARCHAR  event
-- Column: participant_id  VARCHAR  participant
-- Column: local_date      DATE     date in the participant's time zone
-- Column: quantity        DOUBLE   how often it happened
-- Column: feature_id      VARCHAR  feature
-- Column: stage           VARCHAR  offered, delivered, seen or acted
-- Column: is_always_on    BOOLEAN  the feature is always on
with

patterns as (

    select
        dim_feature_events.*,
        dim_features.is_always_on,
        count(*) over (
            partition by
                dim_feature_events.feature_id,
                dim_feature_events.stage,
                dim_feature_events.event_like
        ) as n_properties,
        concat(
            lpad(regexp_extract(split_part(coalesce(valid_from, ''), '.', 1), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(coalesce(valid_from, ''), '.', 2), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(coalesce(valid_from, ''), '.', 3), '^[0-9]*'), 9, '0')
        ) as from_version,
        concat(
            lpad(regexp_extract(split_part(coalesce(valid_to, ''), '.', 1), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(coalesce(valid_to, ''), '.', 2), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(coalesce(valid_to, ''), '.', 3), '^[0-9]*'), 9, '0')
        ) as to_version
    from dim_feature_events
    inner join dim_features
        on dim_feature_events.feature_id = dim_features.feature_id

),

names as (

    select distinct
        event_name,
        app_version,
        concat(
            lpad(regexp_extract(split_part(app_version, '.', 1), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(app_version, '.', 2), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(app_version, '.', 3), '^[0-9]*'), 9, '0')
        ) as version
    from stg_events

),

named as (

    select
        names.event_name,
        names.app_version,
        patterns.feature_id,
        patterns.stage,
        patterns.event_like,
        patterns.property,
        patterns.property_value,
        patterns.n_properties,
        patterns.is_always_on
    from names
    inner join patterns
        on
            names.event_name like patterns.event_like escape '\'
            and (
                patterns.valid_from is null
                or (names.app_version <> '' and names.version >= patterns.from_version)
            )
            and (
                patterns.valid_to is null
                or (names.app_version <> '' and names.version <= patterns.to_version)
            )

),

hits as (

    select
        stg_events.event_key,
        stg_events.participant_id,
        stg_events.local_date,
        stg_events.quantity,
        named.feature_id,
        named.stage,
        named.event_like,
        named.n_properties,
        named.is_always_on
    from stg_events
    inner join named
        on
            stg_events.event_name = named.event_name
            and stg_events.app_version = named.app_version
    where
        named.property is null
        -- A dot reaches into a nested object, or stands in the name of a flat property.
        or coalesce(
            json_extract_string(stg_events.properties, '$.' || named.property),
            json_extract_string(stg_events.properties, '$."' || named.property || '"')
        ) = named.property_value

),

-- One pattern is enough, whichever; a pattern holds when all of its properties do.
held as (

    select
        event_key,
        participant_id,
        local_date,
        quantity,
        feature_id,
        stage,
        is_always_on,
        event_like
    from hits
    where n_properties = 1
    union all
    select
        event_key,
        participant_id,
        local_date,
        quantity,
        feature_id,
        stage,
        is_always_on,
        event_like
    from hits
    where n_properties > 1
    group by
        event_key, participant_id, local_date, quantity, feature_id, stage, is_always_on,
        event_like, n_properties
    having count(*) = n_properties

)

select distinct
    event_key,
    participant_id,
    local_date,
    quantity,
    feature_id,
    stage,
    is_always_on
from held
