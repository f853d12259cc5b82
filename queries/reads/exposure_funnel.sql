-- exposure_funnel
--
-- How far each feature reached: exposures and participants at every stage that its log can show.
-- Grain: one row per feature_id and stage that the study file defines; none seen = zero.
-- Reads: fct_exposures, fct_participants, dim_features, dim_feature_events, dim_principles
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: least         INTEGER    times that a participant must have reached a stage to count
--
-- Column: feature_id       VARCHAR  feature
-- Column: feature_label    VARCHAR  as the pages name it
-- Column: category_id      VARCHAR  category of the PSD model
-- Column: category_label   VARCHAR  as the pages name it
-- Column: position         INTEGER  order of the features
-- Column: stage            VARCHAR  'offered', 'delivered', 'seen' or 'acted'
-- Column: stage_rank       INTEGER  order of the stages
-- Column: is_exposure      BOOLEAN  the stage that counts as an exposure to this feature
-- Column: n_exposures      DOUBLE   times the stage was reached in the weeks shown
-- Column: n_participants   BIGINT   participants who reached the stage at least so often
-- Column: n_once           BIGINT   participants who reached it at all
-- Column: n_thrice         BIGINT   participants who reached it three times, or the least where that is fewer
-- Column: n_in_scope       BIGINT   participants shown, reached or not
with

participants as (

    select participant_id
    from fct_participants
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

),

stages as (

    select
        feature_id,
        stage,
        min(stage_rank) as stage_rank
    from dim_feature_events
    group by
        feature_id,
        stage

),

own as (

    select
        exposures.participant_id,
        exposures.feature_id,
        exposures.stage,
        sum(exposures.n_exposures) as n_exposures
    from fct_exposures as exposures
    inner join participants
        on exposures.participant_id = participants.participant_id
    where exposures.study_week between $first_week and $last_week
    group by
        exposures.participant_id,
        exposures.feature_id,
        exposures.stage

),

reached as (

    select
        feature_id,
        stage,
        sum(n_exposures) as n_exposures,
        cast(sum(case when $least = 1 or n_exposures >= $least then 1 else 0 end) as bigint) as n_participants,
        count(*) as n_once,
        cast(sum(case when $least = 1 or n_exposures >= least(3, $least) then 1 else 0 end) as bigint) as n_thrice
    from own
    group by
        feature_id,
        stage

),

scope as (

    select count(*) as n_in_scope
    from participants

)

select
    features.feature_id,
    features.label as feature_label,
    features.category_id,
    principles.category_label,
    features.position,
    stages.stage,
    stages.stage_rank,
    stages.stage = features.exposure_stage as is_exposure,
    coalesce(reached.n_exposures, 0) as n_exposures,
    coalesce(reached.n_participants, 0) as n_participants,
    coalesce(reached.n_once, 0) as n_once,
    coalesce(reached.n_thrice, 0) as n_thrice,
    scope.n_in_scope
from dim_features as features
inner join stages
    on features.feature_id = stages.feature_id
left join dim_principles as principles
    on features.principle_id = principles.principle_id
left join reached
    on
        stages.feature_id = reached.feature_id
        and stages.stage = reached.stage
cross join scope
order by
    features.position,
    features.feature_id,
    stages.stage_rank
