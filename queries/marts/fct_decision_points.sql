-- fct_decision_points
--
-- Moments at which chance decided which version of a feature a participant was given: every
-- delivery of a feature with randomised variants. Only deliveries are decision points; what
-- happened after one, such as being opened, may already be an effect of the version.
-- Grain: one row per event_key and feature_id.
-- Reads: stg_events, int_events_matched, int_participants_dated, fct_sessions, dim_variants, dim_build
--
-- Column: event_key            VARCHAR    the delivery
-- Column: participant_id       VARCHAR    participant
-- Column: feature_id           VARCHAR    feature
-- Column: delivered_at         TIMESTAMP  when it was delivered (UTC)
-- Column: study_day            INTEGER    days since day 0; NULL without a day 0
-- Column: study_week           INTEGER    whole weeks since the start of week 0; negative before it
-- Column: variant_id           VARCHAR    version given; NULL where the event does not say
-- Column: probability          DOUBLE     declared probability of that version
-- Column: previous_session_at  TIMESTAMP  start of the last session before it (UTC); NULL = none
-- Column: next_session_at      TIMESTAMP  start of the first session after it (UTC); NULL = none
-- Column: observed_until       TIMESTAMP  sessions are seen until then (UTC)
with

randomised as (

    select
        feature_id,
        variant_id,
        property,
        property_value,
        probability
    from dim_variants
    where
        is_randomised
        and property is not null

),

deliveries as (

    select
        stg_events.event_key,
        stg_events.participant_id,
        stg_events.occurred_at as delivered_at,
        stg_events.local_date,
        stg_events.properties,
        matched.feature_id
    from int_events_matched as matched
    inner join stg_events
        on matched.event_key = stg_events.event_key
    where
        matched.stage = 'delivered'
        and matched.feature_id in (select randomised.feature_id from randomised)

),

given as (

    select
        deliveries.event_key,
        deliveries.feature_id,
        min(randomised.variant_id) as variant_id,
        min(randomised.probability) as probability
    from deliveries
    inner join randomised
        on
            deliveries.feature_id = randomised.feature_id
            -- A dot reaches into a nested object, or stands in the name of a flat property.
            and coalesce(
                json_extract_string(deliveries.properties, '$.' || randomised.property),
                json_extract_string(deliveries.properties, '$."' || randomised.property || '"')
            ) = randomised.property_value
    group by
        deliveries.event_key,
        deliveries.feature_id
    -- An event that fits two versions does not say which was given.
    having count(*) = 1

),

around as (

    select
        deliveries.event_key,
        deliveries.feature_id,
        max(
            case
                when fct_sessions.started_at <= deliveries.delivered_at then fct_sessions.started_at
            end
        ) as previous_session_at,
        min(
            case
                when fct_sessions.started_at > deliveries.delivered_at then fct_sessions.started_at
            end
        ) as next_session_at
    from deliveries
    inner join fct_sessions
        on deliveries.participant_id = fct_sessions.participant_id
    group by
        deliveries.event_key,
        deliveries.feature_id

)

select
    deliveries.event_key,
    deliveries.participant_id,
    deliveries.feature_id,
    deliveries.delivered_at,
    cast(date_diff('day', participants.day_zero, deliveries.local_date) as integer) as study_day,
    cast(
        floor(date_diff('day', participants.week_zero_start, deliveries.local_date) / 7.0) as integer
    ) as study_week,
    given.variant_id,
    given.probability,
    around.previous_session_at,
    around.next_session_at,
    cast(dim_build.as_of_at as timestamp) as observed_until
from deliveries
cross join dim_build
left join int_participants_dated as participants
    on deliveries.participant_id = participants.participant_id
left join given
    on
        deliveries.event_key = given.event_key
        and deliveries.feature_id = given.feature_id
left join around
    on
        deliveries.event_key = around.event_key
        and deliveries.feature_id = around.feature_id
