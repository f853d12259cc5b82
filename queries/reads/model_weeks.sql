-- model_weeks
--
-- The rows that a model of weekly adherence is fitted to, lost ones included.
-- Grain: one row per participant_id, study_week and feature_id.
-- Reads: model_weeks, fct_dimension_scores
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: moderator     VARCHAR    dimension that moderates; NULL = none
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group
-- Column: site_id            VARCHAR  recruiting centre
-- Column: study_week         INTEGER  study week
-- Column: due_sessions       BIGINT   sessions due and not excused; NULL without intended use
-- Column: done_sessions      BIGINT   of these, done; NULL without intended use
-- Column: feature_id         VARCHAR  feature
-- Column: n_exposures_lag    DOUBLE   exposures in the week before; NULL in the first week
-- Column: n_sessions_lag     BIGINT   sessions begun in the week before; NULL in the first week
-- Column: exposure_rate_lag  DOUBLE   exposures per session in the week before; NULL without a session
-- Column: n_sessions_before  BIGINT   sessions begun two weeks before; NULL in the first two weeks
-- Column: alliance_lag       DOUBLE   last alliance total answered before the week began
-- Column: is_complete_week   BOOLEAN  all seven days are in the data and in the participant's time
-- Column: moderator_score    DOUBLE   own mean score of the moderator over all occasions; NULL if none
with

moderated as (

    select
        participant_id,
        avg(score) as moderator_score
    from fct_dimension_scores
    where dimension_id = cast($moderator as varchar)
    group by participant_id

)

select
    model_weeks.participant_id,
    model_weeks.arm_id,
    model_weeks.site_id,
    model_weeks.study_week,
    model_weeks.due_sessions,
    model_weeks.done_sessions,
    model_weeks.feature_id,
    model_weeks.n_exposures_lag,
    model_weeks.n_sessions_lag,
    model_weeks.exposure_rate_lag,
    model_weeks.n_sessions_before,
    model_weeks.alliance_lag,
    model_weeks.is_complete_week,
    moderated.moderator_score
from model_weeks
left join moderated
    on model_weeks.participant_id = moderated.participant_id
where
    (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), model_weeks.site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), model_weeks.arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), model_weeks.cohort))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), model_weeks.participant_id)
    )
    and model_weeks.study_week between $first_week and $last_week
order by
    model_weeks.participant_id,
    model_weeks.study_week,
    model_weeks.feature_id
