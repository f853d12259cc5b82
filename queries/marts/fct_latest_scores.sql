-- fct_latest_scores
--
-- Each participant's latest complete score on each dimension, from the start of study week 0 on.
-- Grain: one row per participant_id and dimension_id with a complete score.
-- Reads: fct_dimension_scores
--
-- Column: participant_id  VARCHAR  participant
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: study_week      INTEGER  whole weeks since the start of week 0
-- Column: score           DOUBLE   scale points
-- Column: low             DOUBLE   lowest score that the scale can give
-- Column: high            DOUBLE   highest score that the scale can give
with

last_weeks as (

    select
        participant_id,
        dimension_id,
        max(study_week) as study_week
    from fct_dimension_scores
    where
        is_complete
        and score is not null
        and study_week >= 0
    group by
        participant_id,
        dimension_id

),

-- Only the last week of each has to be put in order.
scores as (

    select
        scores.*,
        row_number() over (
            partition by scores.participant_id, scores.dimension_id
            order by scores.answered_at desc, scores.occasion_id desc
        ) as recency
    from fct_dimension_scores as scores
    inner join last_weeks
        on
            scores.participant_id = last_weeks.participant_id
            and scores.dimension_id = last_weeks.dimension_id
            and scores.study_week = last_weeks.study_week
    where
        scores.is_complete
        and scores.score is not null

)

select
    participant_id,
    arm_id,
    site_id,
    cohort,
    dimension_id,
    study_week,
    score,
    low,
    high
from scores
where recency = 1
