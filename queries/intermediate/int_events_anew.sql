-- int_events_anew
--
-- Events of one part of the participants, from where they are counted anew; numbers stand for
-- participant, and for name and version.
-- Grain: one row per event_key.
-- Reads: stg_events, int_restarts, stg_event_names
--
-- Param: part     INTEGER  which part of the participants, from 0
-- Param: n_parts  INTEGER  how many parts there are
--
-- Column: event_key           BIGINT     event
-- Column: participant_number  INTEGER    participant
-- Column: name_number         INTEGER    name and version
-- Column: occurred_at         TIMESTAMP  when (UTC)
-- Column: local_date          DATE       date in the participant's time zone
-- Column: quantity            DOUBLE     how often it happened
select
    stg_events.event_key,
    restarts.participant_number,
    names.name_number,
    stg_events.occurred_at,
    stg_events.local_date,
    stg_events.quantity
from stg_events
inner join int_restarts as restarts
    on
        stg_events.participant_id = restarts.participant_id
        and restarts.restart_date <= stg_events.local_date
inner join stg_event_names as names
    on
        stg_events.event_name = names.event_name
        and stg_events.app_version = names.app_version
where restarts.participant_number % cast($n_parts as integer) = $part
