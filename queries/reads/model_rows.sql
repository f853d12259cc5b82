-- model_rows
--
-- The rows that a model of one dimension on exposure is fitted to, lost ones included.
-- Grain: one row per participant_id, occasion_id and feature_id.
-- Reads: model_rows
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: dimension     VARCHAR    dimension that is the outcome
-- Param: window_days   INTEGER    length of the exposure window
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group
-- Column: occasion_id        VARCHAR  filling-in
-- Column: weeks              DOUBLE   study day / 7
-- Column: feature_id         VARCHAR  feature
-- Column: score              DOUBLE   scale points; NULL with too few answers
-- Column: n_exposures        DOUBLE   exposures in the window; NULL if uncovered, never 0
-- Column: n_window_sessions  BIGINT   sessions in the window; NULL if uncovered
-- Column: exposure_rate      DOUBLE   exposures per session in the window; NULL without a session
-- Column: is_covered         BOOLEAN  the whole window is in the log, from day 0 on
select
    participant_id,
    arm_id,
    occasion_id,
    weeks,
    feature_id,
    score,
    n_exposures,
    n_window_sessions,
    exposure_rate,
    is_covered
from model_rows
where
    dimension_id = $dimension
    and window_days = $window_days
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), participant_id)
    )
    and study_week between $first_week and $last_week
order by
    participant_id,
    weeks,
    occasion_id,
    feature_id
