-- int_ledger_steps
--
-- Events that deliver, open or complete something due, numbered within their study week.
-- Grain: one row per event_key, kind, instrument_id and step, from day 0 on.
-- Reads: stg_events, dim_ledger_events, int_participants_dated
--
-- Column: participant_id  VARCHAR    participant
-- Column: kind            VARCHAR    session or survey
-- Column: instrument_id   VARCHAR    instrument of a survey; NULL for all, and for sessions
-- Column: step            VARCHAR    delivered, opened or done
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
-- Column: study_week      INTEGER    study week
-- Column: step_number     INTEGER    1 for the first of the week, kind, instrument and step
with

names as (

    select distinct event_name
    from stg_events

),

named as (

    select distinct
        names.event_name,
        dim_ledger_events.kind,
        dim_ledger_events.instrument_id,
        dim_ledger_events.step
    from names
    inner join dim_ledger_events
        on names.event_name like dim_ledger_events.event_like escape '\'

),

steps as (

    select
        stg_events.event_key,
        stg_events.participant_id,
        named.kind,
        named.instrument_id,
        named.step,
        stg_events.occurred_at,
        stg_events.local_date,
        cast(
            floor(date_diff('day', participants.week_zero_start, stg_events.local_date) / 7.0) as integer
        ) as study_week
    from stg_events
    inner join named
        on stg_events.event_name = named.event_name
    inner join int_participants_dated as participants
        on
            stg_events.participant_id = participants.participant_id
            and stg_events.local_date >= participants.day_zero

)

select
    participant_id,
    kind,
    instrument_id,
    step,
    occurred_at,
    local_date,
    study_week,
    cast(row_number() over (
        partition by participant_id, study_week, kind, instrument_id, step
        order by occurred_at, event_key
    ) as integer) as step_number
from steps
