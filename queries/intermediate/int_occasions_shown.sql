-- int_occasions_shown
--
-- Filling-ins of an instrument that are shown, in order of time. In a masked edition, those after the
-- last day of which use is shown are there only where they satisfy a scheduled one: what is asked after
-- a session would count the sessions.
-- Grain: one row per participant_id, instrument_id and occasion_id.
-- Reads: int_occasions, int_surveys_answered, fct_use_limits
--
-- Column: participant_id   VARCHAR    participant
-- Column: instrument_id    VARCHAR    instrument
-- Column: occasion_id      VARCHAR    filling-in
-- Column: occasion_number  INTEGER    1 for the participant's first of the instrument
-- Column: answered_at      TIMESTAMP  first answer (UTC)
-- Column: local_date       DATE       date of the first answer in the participant's time zone
-- Column: study_day        INTEGER    days since day 0; negative before it
-- Column: study_week       INTEGER    whole weeks since the start of week 0; negative before it
-- Column: survey_id        VARCHAR    scheduled filling-in that it satisfies; NULL if none
select
    occasions.participant_id,
    occasions.instrument_id,
    occasions.occasion_id,
    cast(row_number() over (
        partition by occasions.participant_id, occasions.instrument_id
        order by occasions.answered_at, occasions.occasion_id
    ) as integer) as occasion_number,
    occasions.answered_at,
    occasions.local_date,
    occasions.study_day,
    occasions.study_week,
    answered.survey_id
from int_occasions as occasions
left join int_surveys_answered as answered
    on
        occasions.participant_id = answered.participant_id
        and occasions.instrument_id = answered.instrument_id
        and occasions.occasion_id = answered.occasion_id
left join fct_use_limits as limits
    on occasions.participant_id = limits.participant_id
where
    answered.survey_id is not null
    or limits.participant_id is null
    or occasions.local_date <= limits.last_shown_date
