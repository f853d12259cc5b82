-- occasion_scores
--
-- Every score of every dimension with the day it was answered on: what models of other windows than
-- those of the study file join exposure to.
-- Grain: one row per participant_id, occasion_id and dimension_id.
-- Reads: fct_dimension_scores
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: participant_id  VARCHAR  participant
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: occasion_id     VARCHAR  filling-in
-- Column: local_date      DATE     date of the survey in the participant's time zone
-- Column: study_day       INTEGER  days since day 0
-- Column: study_week      INTEGER  study week
-- Column: weeks           DOUBLE   study day / 7
-- Column: dimension_id    VARCHAR  dimension
-- Column: score           DOUBLE   scale points; NULL with too few answers
-- Column: previous_score  DOUBLE   score of the occasion before; NULL if none
-- Column: is_complete     BOOLEAN  every item of the scale was answered
with

scores as (

    select
        fct_dimension_scores.*,
        lag(score) over (
            partition by participant_id, dimension_id order by answered_at, occasion_id
        ) as previous_score
    from fct_dimension_scores

)

select
    participant_id,
    arm_id,
    site_id,
    occasion_id,
    local_date,
    study_day,
    study_week,
    cast(study_day / 7.0 as double) as weeks,
    dimension_id,
    score,
    previous_score,
    is_complete
from scores
where
    (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), participant_id)
    )
    and study_week between $first_week and $last_week
order by
    participant_id,
    dimension_id,
    weeks,
    occasion_id
