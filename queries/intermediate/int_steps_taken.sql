-- int_steps_taken
--
-- Events that deliver, open or complete something due, of participants whose events are counted anew,
-- from there on.
-- Grain: one row per event, kind, instrument_id and step.
-- Reads: int_events_anew, stg_event_names, dim_ledger_events, int_restarts
--
-- Column: participant_id  VARCHAR    participant
-- Column: kind            VARCHAR    session or survey
-- Column: instrument_id   VARCHAR    instrument of a survey; NULL for all, and for sessions
-- Column: step            VARCHAR    delivered, opened or done
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
with

named as (

    select distinct
        names.name_number,
        dim_ledger_events.kind,
        dim_ledger_events.instrument_id,
        dim_ledger_events.step
    from stg_event_names as names
    inner join dim_ledger_events
        on names.event_name like dim_ledger_events.event_like escape '\'

)

select
    restarts.participant_id,
    named.kind,
    named.instrument_id,
    named.step,
    events.occurred_at,
    events.local_date
from int_events_anew as events
inner join named
    on events.name_number = named.name_number
inner join int_restarts as restarts
    on events.participant_number = restarts.participant_number
