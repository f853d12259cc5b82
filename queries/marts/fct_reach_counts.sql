-- fct_reach_counts
--
-- How many participants met a feature in the weeks of the study, and how often in a week of use, under
-- each version of the app and under any, for those whom the filters cannot tell apart. A version counts
-- from its first day until the day before the next one; of two that begin on one day the later name.
-- Grain: one row per arm_id, site_id, cohort, app_version and feature_id.
-- Reads: fct_participant_weeks, fct_participant_days, fct_app_versions, fct_exposures, int_stage_weeks, dim_features
--
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: app_version     VARCHAR  version of the app; NULL = any
-- Column: feature_id      VARCHAR  feature
-- Column: n_participants  BIGINT   participants with a week at risk who have had the version
-- Column: n_reached       BIGINT   of those, who met the feature under it
-- Column: n_users         BIGINT   of those who met it, with a week of use under it
-- Column: sum_per_week    DOUBLE   sum over them of their exposures per week of use
with

people as (

    select distinct
        participant_id,
        arm_id,
        site_id,
        cohort
    from fct_participant_weeks

),

versions as (

    select
        participant_id,
        app_version,
        first_date,
        lead(first_date) over (
            partition by participant_id
            order by first_date, app_version
        ) as next_date
    from fct_app_versions

),

asked as (

    select
        people.*,
        cast(null as varchar) as app_version,
        '' as version_key
    from people
    union all
    select
        people.*,
        versions.app_version,
        concat('v', versions.app_version) as version_key
    from people
    inner join versions
        on people.participant_id = versions.participant_id

),

used as (

    select distinct
        participant_id,
        '' as version_key,
        study_week
    from fct_participant_days
    where study_day >= 0
    union all
    select distinct
        days.participant_id,
        concat('v', versions.app_version) as version_key,
        days.study_week
    from fct_participant_days as days
    inner join versions
        on
            days.participant_id = versions.participant_id
            and days.local_date >= versions.first_date
            and (versions.next_date is null or days.local_date < versions.next_date)
    where days.study_day >= 0

),

n_used as (

    select
        participant_id,
        version_key,
        count(*) as n_weeks
    from used
    group by
        participant_id,
        version_key

),

exposed as (

    select
        exposures.participant_id,
        exposures.local_date,
        exposures.study_week,
        exposures.feature_id,
        exposures.n_exposures
    from fct_exposures as exposures
    inner join dim_features as features
        on
            exposures.feature_id = features.feature_id
            and exposures.stage = features.exposure_stage
    where
        exposures.study_day >= 0
        and exposures.n_exposures > 0

),

met as (

    select
        exposed.participant_id,
        concat('v', versions.app_version) as version_key,
        exposed.study_week,
        exposed.feature_id,
        sum(exposed.n_exposures) as n_exposures
    from exposed
    inner join versions
        on
            exposed.participant_id = versions.participant_id
            and exposed.local_date >= versions.first_date
            and (versions.next_date is null or exposed.local_date < versions.next_date)
    group by
        exposed.participant_id,
        concat('v', versions.app_version),
        exposed.study_week,
        exposed.feature_id
    union all
    select
        stages.participant_id,
        '' as version_key,
        stages.study_week,
        stages.feature_id,
        stages.n_exposures
    from int_stage_weeks as stages
    inner join dim_features as features
        on
            stages.feature_id = features.feature_id
            and stages.stage = features.exposure_stage
    where
        stages.is_from_day_zero
        and stages.n_exposures > 0

),

own as (

    select
        met.participant_id,
        met.version_key,
        met.feature_id,
        min(n_used.n_weeks) as n_weeks,
        sum(case when used.participant_id is null then 0 else met.n_exposures end) as n_exposures
    from met
    left join used
        on
            met.participant_id = used.participant_id
            and met.version_key = used.version_key
            and met.study_week = used.study_week
    left join n_used
        on
            met.participant_id = n_used.participant_id
            and met.version_key = n_used.version_key
    group by
        met.participant_id,
        met.version_key,
        met.feature_id

)

select
    asked.arm_id,
    asked.site_id,
    asked.cohort,
    asked.app_version,
    features.feature_id,
    count(*) as n_participants,
    count(own.participant_id) as n_reached,
    cast(sum(case when own.n_weeks > 0 then 1 else 0 end) as bigint) as n_users,
    cast(
        sum(cast(case when own.n_weeks > 0 then own.n_exposures / own.n_weeks else 0 end as decimal(28, 12))) as double
    ) as sum_per_week
from asked
cross join dim_features as features
left join own
    on
        asked.participant_id = own.participant_id
        and asked.version_key = own.version_key
        and features.feature_id = own.feature_id
group by
    asked.arm_id,
    asked.site_id,
    asked.cohort,
    asked.app_version,
    features.feature_id
