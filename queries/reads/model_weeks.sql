-- model_weeks
--
-- The rows that a model of weekly adherence is fitted to, lost ones included.
-- Grain: one row per participant_id, study_week and feature_id.
-- Reads: model_weeks
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: participant_id    VARCHAR  participant
-- Column: arm_id            VARCHAR  randomised group
-- Column: study_week        INTEGER  study week
-- Column: due_sessions      BIGINT   sessions due and not excused; NULL without intended use
-- Column: done_sessions     BIGINT   of these, done; NULL without intended use
-- Column: feature_id        VARCHAR  feature
-- Column: n_exposures_lag   DOUBLE   exposures in the week before; NULL in the first week
-- Column: alliance_lag      DOUBLE   last alliance total answered before the week began
-- Column: is_complete_week  BOOLEAN  all seven days are in the data and in the participant's time
select
    participant_id,
    arm_id,
    study_week,
    due_sessions,
    done_sessions,
    feature_id,
    n_exposures_lag,
    alliance_lag,
    is_complete_week
from model_weeks
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
    study_week,
    feature_id
