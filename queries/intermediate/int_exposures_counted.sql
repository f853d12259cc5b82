-- int_exposures_counted
--
-- Exposures by day of participants whose events are counted anew, from there on.
-- Grain: one row per participant_id, local_date, feature_id and stage with at least one event.
-- Reads: int_events_anew, int_names_matched, int_events_matched, int_restarts
--
-- Column: participant_id  VARCHAR  participant
-- Column: local_date      DATE     date in the participant's time zone
-- Column: feature_id      VARCHAR  feature
-- Column: stage           VARCHAR  offered, delivered, seen or acted
-- Column: n_exposures     DOUBLE   sum of the events' quantities
with

-- One pattern is enough, whichever.
named as (

    select distinct
        name_number,
        feature_id,
        stage
    from int_names_matched
    where property is null

),

hits as (

    select
        events.participant_number,
        events.local_date,
        events.quantity,
        named.feature_id,
        named.stage
    from int_events_anew as events
    inner join named
        on events.name_number = named.name_number
    union all
    select
        events.participant_number,
        events.local_date,
        events.quantity,
        matched.feature_id,
        matched.stage
    from int_events_anew as events
    inner join int_events_matched as matched
        on events.event_key = matched.event_key

),

daily as (

    select
        participant_number,
        local_date,
        feature_id,
        stage,
        sum(quantity) as n_exposures
    from hits
    group by
        participant_number,
        local_date,
        feature_id,
        stage

)

select
    restarts.participant_id,
    daily.local_date,
    daily.feature_id,
    daily.stage,
    cast(daily.n_exposures as double) as n_exposures
from daily
inner join int_restarts as restarts
    on daily.participant_number = restarts.participant_number
