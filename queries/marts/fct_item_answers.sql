-- fct_item_answers
--
-- Each answer to an item, in the direction of its scale: what reliability is computed from. An item
-- that was not answered has no row; one that does not apply has a row without a value.
-- Grain: one row per participant_id, instrument_id, occasion_id and item_id with an answer.
-- Reads: int_answers_keyed, int_occasions_shown, int_participants_dated
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group
-- Column: site_id            VARCHAR  recruiting centre
-- Column: cohort             VARCHAR  month of enrolment
-- Column: instrument_id      VARCHAR  instrument
-- Column: occasion_id        VARCHAR  filling-in
-- Column: occasion_number    INTEGER  1 for the participant's first filling-in of the instrument
-- Column: survey_id          VARCHAR  scheduled filling-in that it satisfies; NULL if none
-- Column: item_id            VARCHAR  item
-- Column: keyed_value        DOUBLE   answer, a reversed item as low + high - answer; NULL if not applicable
-- Column: is_not_applicable  BOOLEAN  the participant chose "not applicable"
select
    answers.participant_id,
    participants.arm_id,
    participants.site_id,
    participants.cohort,
    answers.instrument_id,
    answers.occasion_id,
    occasions.occasion_number,
    occasions.survey_id,
    answers.item_id,
    answers.keyed_value,
    answers.is_not_applicable
from int_answers_keyed as answers
inner join int_occasions_shown as occasions
    on
        answers.participant_id = occasions.participant_id
        and answers.instrument_id = occasions.instrument_id
        and answers.occasion_id = occasions.occasion_id
inner join int_participants_dated as participants
    on answers.participant_id = participants.participant_id
where answers.keyed_value is not null or answers.is_not_applicable
