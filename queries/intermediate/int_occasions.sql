-- int_occasions
--
-- Filling-ins of an instrument. One that took several sittings is dated by its first answer, so that
-- no window of exposure before it can reach into it.
-- Grain: one row per participant_id, instrument_id and occasion_id.
-- Reads: int_answers_keyed, int_participants_dated
--
-- Column: participant_id  VARCHAR    participant
-- Column: instrument_id   VARCHAR    instrument
-- Column: occasion_id     VARCHAR    filling-in
-- Column: answered_at     TIMESTAMP  first answer (UTC)
-- Column: local_date      DATE       date of the first answer in the participant's time zone
-- Column: study_day       INTEGER    days since day 0; negative before it
-- Column: study_week      INTEGER    whole weeks since the start of week 0; negative before it
with

occasions as (

    select
        participant_id,
        instrument_id,
        occasion_id,
        min(answered_at) as answered_at,
        min(local_date) as local_date
    from int_answers_keyed
    where keyed_value is not null or is_not_applicable
    group by
        participant_id,
        instrument_id,
        occasion_id

)

select
    occasions.participant_id,
    occasions.instrument_id,
    occasions.occasion_id,
    occasions.answered_at,
    occasions.local_date,
    cast(date_diff('day', participants.day_zero, occasions.local_date) as integer) as study_day,
    cast(
        floor(date_diff('day', participants.week_zero_start, occasions.local_date) / 7.0) as integer
    ) as study_week
from occasions
left join int_participants_dated as participants
    on occasions.participant_id = participants.participant_id
