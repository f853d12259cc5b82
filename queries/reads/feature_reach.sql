-- feature_reach
--
-- Breadth and frequency of each feature: how many of those in the study met it at all, and how often
-- they met it in a week in which they used the app; under one version of the app, or under any.
-- Grain: one row per feature_id.
-- Reads: fct_exposures, fct_participants, fct_participant_weeks, fct_participant_days, fct_app_versions, dim_features, dim_principles
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: app_version   VARCHAR    only days under this version; NULL = all days
--
-- Column: feature_id        VARCHAR  feature
-- Column: feature_label     VARCHAR  as the pages name it
-- Column: principle_label   VARCHAR  principle of persuasive design
-- Column: category_id       VARCHAR  category of the PSD model
-- Column: category_label    VARCHAR  as the pages name it
-- Column: is_always_on      BOOLEAN  shown to everybody all the time
-- Column: position          INTEGER  order of the features
-- Column: n_all             BIGINT   participants with a week in the study in the weeks shown
-- Column: n_participants    BIGINT   of those, who have had the version (all, where none is asked)
-- Column: n_reached_any     BIGINT   of all, who met the feature at least once under any version
-- Column: n_reached         BIGINT   of those with the version, who met it at least once under it
-- Column: n_users           BIGINT   of those who met it, with a week of use (under the version)
-- Column: mean_per_week     DOUBLE   their exposures per week of use, each participant's mean averaged
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

people as (

    select distinct participant_id
    from weeks
    where study_week between $first_week and $last_week

),

-- From its first day until the day before the next one; of two that begin on one day the later name.
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
        people.participant_id,
        cast(null as date) as first_date,
        cast(null as date) as next_date
    from people
    where $app_version is null
    union all
    select
        people.participant_id,
        versions.first_date,
        versions.next_date
    from people
    inner join versions
        on people.participant_id = versions.participant_id
    where versions.app_version = $app_version

),

used as (

    select
        days.participant_id,
        days.study_week
    from fct_participant_days as days
    inner join asked
        on days.participant_id = asked.participant_id
    where
        days.study_day >= 0
        and days.study_week between $first_week and $last_week
        and (asked.first_date is null or days.local_date >= asked.first_date)
        and (asked.next_date is null or days.local_date < asked.next_date)
    group by
        days.participant_id,
        days.study_week

),

counted as (

    select
        participant_id,
        count(*) as n_weeks
    from used
    group by participant_id

),

-- Weeks are not added up by themselves: there are as many of them as days with an exposure.
own as (

    select
        exposures.participant_id,
        exposures.feature_id,
        max(case
            when asked.participant_id is null then 0
            when asked.first_date is not null and exposures.local_date < asked.first_date then 0
            when asked.next_date is not null and exposures.local_date >= asked.next_date then 0
            else 1
        end) as is_reached,
        min(counted.n_weeks) as n_weeks,
        sum(case
            when asked.participant_id is null or used.participant_id is null then 0
            when asked.first_date is not null and exposures.local_date < asked.first_date then 0
            when asked.next_date is not null and exposures.local_date >= asked.next_date then 0
            else exposures.n_exposures
        end) as n_exposures
    from fct_exposures as exposures
    inner join people
        on exposures.participant_id = people.participant_id
    inner join dim_features as features
        on
            exposures.feature_id = features.feature_id
            and exposures.stage = features.exposure_stage
    left join asked
        on exposures.participant_id = asked.participant_id
    left join used
        on
            exposures.participant_id = used.participant_id
            and exposures.study_week = used.study_week
    left join counted
        on exposures.participant_id = counted.participant_id
    where
        exposures.study_day >= 0
        and exposures.study_week between $first_week and $last_week
        and exposures.n_exposures > 0
    group by
        exposures.participant_id,
        exposures.feature_id

),

per_feature as (

    select
        feature_id,
        count(*) as n_reached_any,
        cast(sum(is_reached) as bigint) as n_reached,
        cast(sum(case when is_reached = 1 and n_weeks > 0 then 1 else 0 end) as bigint) as n_users,
        avg(case when is_reached = 1 and n_weeks > 0 then n_exposures / n_weeks end) as mean_per_week
    from own
    group by feature_id

),

scope as (

    select
        count(*) as n_all,
        count(asked.participant_id) as n_participants
    from people
    left join asked
        on people.participant_id = asked.participant_id

)

select
    features.feature_id,
    features.label as feature_label,
    principles.label as principle_label,
    features.category_id,
    principles.category_label,
    features.is_always_on,
    features.position,
    scope.n_all,
    scope.n_participants,
    coalesce(per_feature.n_reached_any, 0) as n_reached_any,
    coalesce(per_feature.n_reached, 0) as n_reached,
    coalesce(per_feature.n_users, 0) as n_users,
    per_feature.mean_per_week
from dim_features as features
inner join dim_principles as principles
    on features.principle_id = principles.principle_id
cross join scope
left join per_feature
    on features.feature_id = per_feature.feature_id
order by
    features.position,
    features.feature_id
