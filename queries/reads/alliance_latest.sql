-- alliance_latest
--
-- Each participant's latest complete score on each dimension, without saying whose it is.
-- Grain: one row per participant and dimension_id with a complete score (ids are left out).
-- Reads: fct_latest_scores, dim_dimensions
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: dimension_id     VARCHAR  dimension, or 'alliance' for the total
-- Column: dimension_label  VARCHAR  as the pages name it
-- Column: position         INTEGER  order of the dimensions
-- Column: is_total         BOOLEAN  the alliance total
-- Column: study_week       INTEGER  week of that occasion
-- Column: score            DOUBLE   scale points
-- Column: low              DOUBLE   lowest score that the scale can give
-- Column: high             DOUBLE   highest score that the scale can give
select
    scores.dimension_id,
    dimensions.label as dimension_label,
    dimensions.position,
    dimensions.is_total,
    scores.study_week,
    scores.score,
    scores.low,
    scores.high
from fct_latest_scores as scores
inner join dim_dimensions as dimensions
    on scores.dimension_id = dimensions.dimension_id
where
    (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), scores.site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), scores.arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), scores.cohort))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), scores.participant_id)
    )
    and scores.study_week between $first_week and $last_week
    -- No later one within the weeks asked for.
    and (scores.next_week is null or scores.next_week > $last_week)
order by
    dimensions.position,
    scores.score,
    scores.study_week
