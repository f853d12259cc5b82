-- participant_exposures
--
-- One participant's exposures per day and feature, at the stage that counts for the feature.
-- Grain: one row per feature and study day with an exposure.
-- Reads: fct_participants, fct_exposures, dim_features
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  first_week    INTEGER    first study week to return
-- Param:  last_week     INTEGER    last study week to return
-- Param:  participant   VARCHAR    the one participant to return
--
-- Column: feature_id     VARCHAR  feature
-- Column: feature_label  VARCHAR  its name
-- Column: category_id    VARCHAR  PSD category of the feature's principle
-- Column: stage          VARCHAR  stage that counts as exposure
-- Column: position       INTEGER  order of the feature in the study file
-- Column: local_date     DATE     local date
-- Column: study_day      INTEGER  whole days since day 0
-- Column: study_week     INTEGER  whole weeks since day 0
-- Column: n_exposures    DOUBLE   exposures on the day
with

visible as (

    select participant_id
    from fct_participants
    where
        participant_id = $participant
        and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

)

select
    dim_features.feature_id,
    dim_features.label as feature_label,
    dim_features.category_id,
    fct_exposures.stage,
    dim_features.position,
    fct_exposures.local_date,
    fct_exposures.study_day,
    fct_exposures.study_week,
    fct_exposures.n_exposures
from fct_exposures
inner join visible
    on fct_exposures.participant_id = visible.participant_id
inner join dim_features
    on
        fct_exposures.feature_id = dim_features.feature_id
        and fct_exposures.stage = dim_features.exposure_stage
where fct_exposures.study_week between $first_week and $last_week
order by
    dim_features.position,
    dim_features.feature_id,
    fct_exposures.study_day
