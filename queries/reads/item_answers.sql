-- item_answers
--
-- Answers to the items of one instrument, in the direction of its scales: for reliability, never to
-- be shown.
-- Grain: one row per participant_id, occasion_number and item_id with an answer.
-- Reads: fct_item_answers, dim_surveys
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: instrument    VARCHAR    the instrument
--
-- Column: participant_id   VARCHAR  participant
-- Column: occasion_number  INTEGER  1 for the participant's first filling-in of the instrument
-- Column: survey_week      INTEGER  week of the scheduled survey that it satisfies; NULL if none
-- Column: item_id          VARCHAR  item
-- Column: keyed_value      DOUBLE   answer in the direction of the scale; NULL if not applicable
select
    answers.participant_id,
    answers.occasion_number,
    dim_surveys.study_week as survey_week,
    answers.item_id,
    answers.keyed_value
from fct_item_answers as answers
left join dim_surveys
    on answers.survey_id = dim_surveys.survey_id
where
    answers.instrument_id = $instrument
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), answers.site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), answers.arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), answers.cohort))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), answers.participant_id)
    )
order by
    answers.participant_id,
    answers.occasion_number,
    answers.item_id
