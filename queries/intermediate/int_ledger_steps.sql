-- int_ledger_steps
--
-- Events that deliver, open or complete something due, numbered within their study week.
-- Grain: one row per event, kind, instrument_id and step, from day 0 on.
-- Reads: fct_ledger_steps, int_participants_dated
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

steps as (

    select
        taken.participant_id,
        taken.kind,
        taken.instrument_id,
        taken.step,
        taken.occurred_at,
        taken.local_date,
        cast(
            floor(date_diff('day', participants.week_zero_start, taken.local_date) / 7.0) as integer
        ) as study_week
    from fct_ledger_steps as taken
    inner join int_participants_dated as participants
        on
            taken.participant_id = participants.participant_id
            and taken.local_date >= participants.day_zero

)

select
    participant_id,
    kind,
    instrument_id,
    step,
    occurred_at,
    local_date,
    study_week,
    -- Steps of one time and date are alike: their order changes nothing.
    cast(row_number() over (
        partition by participant_id, study_week, kind, instrument_id, step
        order by occurred_at, local_date
    ) as integer) as step_number
from steps
