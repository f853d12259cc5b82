-- int_deliveries_found
--
-- Deliveries of features that have versions, of participants whose events are counted anew, from there
-- on.
-- Grain: one row per event and feature_id.
-- Reads: int_events_anew, int_names_matched, int_events_matched, int_event_properties, int_restarts, dim_variants
--
-- Column: participant_id  VARCHAR    participant
-- Column: feature_id      VARCHAR    feature
-- Column: delivered_at    TIMESTAMP  when it was delivered (UTC)
-- Column: local_date      DATE       date in the participant's time zone
-- Column: variant_id      VARCHAR    version given; NULL where the event does not say
-- Column: probability     DOUBLE     declared probability of that version; NULL where chance did not decide
with

versions as (

    select
        feature_id,
        variant_id,
        property,
        property_value,
        probability
    from dim_variants
    where property is not null

),

named as (

    select distinct
        name_number,
        feature_id
    from int_names_matched
    where
        property is null
        and stage = 'delivered'
        and feature_id in (select versions.feature_id from versions)

),

deliveries as (

    select
        events.event_key,
        events.participant_number,
        events.occurred_at,
        events.local_date,
        named.feature_id
    from int_events_anew as events
    inner join named
        on events.name_number = named.name_number
    union all
    select
        events.event_key,
        events.participant_number,
        events.occurred_at,
        events.local_date,
        matched.feature_id
    from int_events_anew as events
    inner join int_events_matched as matched
        on events.event_key = matched.event_key
    where
        matched.stage = 'delivered'
        and matched.feature_id in (select versions.feature_id from versions)

),

given as (

    select
        deliveries.event_key,
        deliveries.feature_id,
        min(versions.variant_id) as variant_id,
        min(versions.probability) as probability
    from deliveries
    inner join versions
        on deliveries.feature_id = versions.feature_id
    inner join int_event_properties as properties
        on
            deliveries.event_key = properties.event_key
            and versions.property = properties.property
            and versions.property_value = properties.property_value
    group by
        deliveries.event_key,
        deliveries.feature_id
    -- An event that fits two versions does not say which was given.
    having count(*) = 1

)

select
    restarts.participant_id,
    deliveries.feature_id,
    deliveries.occurred_at as delivered_at,
    deliveries.local_date,
    given.variant_id,
    given.probability
from deliveries
inner join int_restarts as restarts
    on deliveries.participant_number = restarts.participant_number
left join given
    on
        deliveries.event_key = given.event_key
        and deliveries.feature_id = given.feature_id
