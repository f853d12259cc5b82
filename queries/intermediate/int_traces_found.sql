-- int_traces_found
--
-- The first days with an event and with use, of participants whose events are counted anew, from
-- there on.
-- Grain: one row per participant_id with an event.
-- Reads: int_events_anew, int_events_used, int_restarts
--
-- Column: participant_id    VARCHAR  participant
-- Column: first_event_date  DATE     first local date with an event
-- Column: first_use_date    DATE     first local date with use; NULL without any
with

seen as (

    select
        participant_number,
        min(local_date) as first_event_date
    from int_events_anew
    group by participant_number

),

used as (

    select
        participant_number,
        min(local_date) as first_use_date
    from int_events_used
    group by participant_number

)

select
    restarts.participant_id,
    seen.first_event_date,
    used.first_use_date
from seen
inner join int_restarts as restarts
    on seen.participant_number = restarts.participant_number
left join used
    on seen.participant_number = used.participant_number
