-- int_surveys_answered
--
-- Which filling-in satisfies which scheduled one. Each filling-in goes to one scheduled survey: one
-- whose window holds it, else one for which it is late; of several, the nearest due day. Each
-- scheduled survey then takes the best of those: in the window before late, then the nearest to the
-- due day, then the first.
-- Grain: one row per participant_id and survey_id that was answered.
-- Reads: int_surveys_due, int_occasions
--
-- Column: participant_id  VARCHAR    participant
-- Column: survey_id       VARCHAR    scheduled filling-in
-- Column: instrument_id   VARCHAR    instrument
-- Column: occasion_id     VARCHAR    filling-in that satisfies it
-- Column: answered_at     TIMESTAMP  first answer (UTC)
-- Column: is_late         BOOLEAN    after the window, before the next one opened
with

candidates as (

    select
        due.participant_id,
        due.survey_id,
        due.instrument_id,
        due.due_date,
        occasions.occasion_id,
        occasions.answered_at,
        occasions.local_date > due.window_end as is_late,
        abs(date_diff('day', due.due_date, occasions.local_date)) as days_off
    from int_surveys_due as due
    inner join int_occasions as occasions
        on
            due.participant_id = occasions.participant_id
            and due.instrument_id = occasions.instrument_id
            and due.window_start <= occasions.local_date
            and greatest(due.window_end, due.late_end) >= occasions.local_date

),

assigned as (

    select
        participant_id,
        survey_id,
        instrument_id,
        due_date,
        occasion_id,
        answered_at,
        is_late,
        days_off
    from candidates
    qualify row_number() over (
        partition by participant_id, instrument_id, occasion_id
        order by is_late, days_off, due_date, survey_id
    ) = 1

),

chosen as (

    select
        participant_id,
        survey_id,
        instrument_id,
        occasion_id,
        answered_at,
        is_late
    from assigned
    qualify row_number() over (
        partition by participant_id, survey_id
        order by is_late, days_off, answered_at, occasion_id
    ) = 1

)

select
    participant_id,
    survey_id,
    instrument_id,
    occasion_id,
    answered_at,
    is_late
from chosen
