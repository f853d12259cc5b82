-- dose_by_stage
--
-- How often each stage of a principle of persuasive design was reached in each study week, per
-- participant at risk: offered, delivered, seen, acted. Only stages that the study file maps to events.
-- Grain: one row per principle_id, stage and study_week.
-- Reads: fct_exposures, fct_participants, fct_participant_weeks, dim_features, dim_feature_events, dim_principles
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: principle_id     VARCHAR  principle of the PSD model
-- Column: principle_label  VARCHAR  as the pages name it
-- Column: category_id      VARCHAR  category of the PSD model
-- Column: position         INTEGER  order of the principles
-- Column: stage            VARCHAR  'offered', 'delivered', 'seen' or 'acted'
-- Column: stage_rank       INTEGER  order of the stages
-- Column: is_exposure      BOOLEAN  the stage that counts as exposure, for some feature of it
-- Column: study_week       INTEGER  whole weeks since day 0
-- Column: n_participants   BIGINT   participants at risk that week, users or not
-- Column: n_open           BIGINT   of those, participants whose week is not over
-- Column: n_reached        BIGINT   of those, who reached the stage
-- Column: mean_reached     DOUBLE   times reached per participant at risk; none counts as 0
with

weeks as (

    select
        weeks_at_risk.participant_id,
        weeks_at_risk.cohort,
        weeks_at_risk.study_week,
        weeks_at_risk.week_start,
        weeks_at_risk.is_active,
        weeks_at_risk.n_active_days,
        -- Withdrawal ends a week; a week that the log does not reach the end of stays open.
        weeks_at_risk.is_complete_week or people.withdrawn_date is not null as is_over
    from fct_participant_weeks as weeks_at_risk
    inner join fct_participants as people
        on weeks_at_risk.participant_id = people.participant_id
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), weeks_at_risk.site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), weeks_at_risk.arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), weeks_at_risk.cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), weeks_at_risk.participant_id)
        )

),

stages as (

    select
        features.principle_id,
        principles.label as principle_label,
        features.category_id,
        principles.position,
        events.stage,
        min(events.stage_rank) as stage_rank,
        max(case when events.stage = features.exposure_stage then 1 else 0 end) = 1 as is_exposure
    from dim_features as features
    inner join dim_feature_events as events
        on features.feature_id = events.feature_id
    inner join dim_principles as principles
        on features.principle_id = principles.principle_id
    group by
        features.principle_id,
        principles.label,
        features.category_id,
        principles.position,
        events.stage

),

reached as (

    select
        exposures.participant_id,
        exposures.study_week,
        features.principle_id,
        exposures.stage,
        sum(exposures.n_exposures) as n_exposures
    from fct_exposures as exposures
    inner join dim_features as features
        on exposures.feature_id = features.feature_id
    where exposures.study_day >= 0
    group by
        exposures.participant_id,
        exposures.study_week,
        features.principle_id,
        exposures.stage

),

at_risk as (

    select
        study_week,
        count(*) as n_participants,
        cast(sum(case when is_over then 0 else 1 end) as bigint) as n_open
    from weeks
    where study_week between $first_week and $last_week
    group by study_week

),

met as (

    select
        reached.principle_id,
        reached.stage,
        reached.study_week,
        count(*) as n_reached,
        sum(reached.n_exposures) as n_exposures
    from reached
    inner join weeks
        on
            reached.participant_id = weeks.participant_id
            and reached.study_week = weeks.study_week
    where reached.n_exposures > 0
    group by
        reached.principle_id,
        reached.stage,
        reached.study_week

)

select
    stages.principle_id,
    stages.principle_label,
    stages.category_id,
    stages.position,
    stages.stage,
    stages.stage_rank,
    stages.is_exposure,
    at_risk.study_week,
    at_risk.n_participants,
    at_risk.n_open,
    coalesce(met.n_reached, 0) as n_reached,
    coalesce(met.n_exposures, 0) / at_risk.n_participants as mean_reached
from stages
cross join at_risk
left join met
    on
        stages.principle_id = met.principle_id
        and stages.stage = met.stage
        and at_risk.study_week = met.study_week
order by
    stages.position,
    stages.stage_rank,
    at_risk.study_week
