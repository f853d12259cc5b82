-- fct_latest_scores
--
-- Each participant's complete scores on each dimension from the start of study week 0 on, with the week of
-- the next one: a score is the latest up to any week before that. Of two in one week the later counts.
-- Grain: one row per participant_id, dimension_id and occasion_id with a complete score (the last is left out).
-- Reads: fct_dimension_scores
--
-- Column: participant_id  VARCHAR  participant
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: study_week      INTEGER  whole weeks since the start of week 0
-- Column: next_week       INTEGER  study week of the next complete score; NULL for the last one
-- Column: score           DOUBLE   scale points
-- Column: low             DOUBLE   lowest score that the scale can give
-- Column: high            DOUBLE   highest score that the scale can give
select
    participant_id,
    arm_id,
    site_id,
    cohort,
    dimension_id,
    study_week,
    cast(lead(study_week) over (
        partition by participant_id, dimension_id
        order by study_week, answered_at, occasion_id
    ) as integer) as next_week,
    score,
    low,
    high
from fct_dimension_scores
where
    is_complete
    and score is not null
    and study_week >= 0
