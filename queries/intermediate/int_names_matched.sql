-- int_names_matched
--
-- Names of events that stand for a stage of a feature: the name fits the pattern and the app's
-- version lies within the pattern's (both ends included, compared number by number). Several rows of
-- one feature, stage and pattern are several properties that must hold together.
-- Grain: one row per name_number, feature_id, stage, event_like and property.
-- Reads: stg_event_names, dim_feature_events, dim_features
--
-- Column: name_number     INTEGER  name and version of the event
-- Column: feature_id      VARCHAR  feature
-- Column: stage           VARCHAR  offered, delivered, seen or acted
-- Column: is_own          BOOLEAN  the participant's doing; not what the app did alone
-- Column: event_like      VARCHAR  pattern
-- Column: property        VARCHAR  property that the event must have; NULL = none
-- Column: property_value  VARCHAR  its value
-- Column: n_properties    BIGINT   properties that the pattern asks for
with

patterns as (

    select
        dim_feature_events.*,
        dim_features.is_always_on,
        count(dim_feature_events.property) over (
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

    select
        name_number,
        event_name,
        app_version,
        concat(
            lpad(regexp_extract(split_part(app_version, '.', 1), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(app_version, '.', 2), '^[0-9]*'), 9, '0'),
            lpad(regexp_extract(split_part(app_version, '.', 3), '^[0-9]*'), 9, '0')
        ) as version
    from stg_event_names

)

select
    names.name_number,
    patterns.feature_id,
    patterns.stage,
    patterns.is_always_on or patterns.stage not in ('offered', 'delivered') as is_own,
    patterns.event_like,
    patterns.property,
    patterns.property_value,
    patterns.n_properties
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
