-- fct_calendar_counts
--
-- Exposure by calendar week and category of persuasive design, added up over the participants whom the
-- filters cannot tell apart. Who withdrew counts until the day before; a week still running is counted as
-- far as it has come.
-- Grain: one row per arm_id, site_id, cohort, category_id and week_start with somebody in the study.
-- Reads: fct_participant_weeks, fct_participants, fct_exposures, dim_features, dim_build
--
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: category_id     VARCHAR  category of the PSD model that has a feature
-- Column: week_start      DATE     Monday
-- Column: n_participants  BIGINT   participants in the study on any day of the week
-- Column: n_exposed       BIGINT   of those, participants with an exposure
-- Column: n_days          BIGINT   their days in the study in that week
-- Column: n_exposures     DOUBLE   exposures on those days
with

categories as (

    select distinct category_id
    from dim_features

),

spans as (

    select
        participant_id,
        arm_id,
        site_id,
        cohort,
        min(week_start) as first_date,
        max(week_start) as last_week_start
    from fct_participant_weeks
    group by
        participant_id,
        arm_id,
        site_id,
        cohort

),

in_study as (

    select
        spans.participant_id,
        spans.arm_id,
        spans.site_id,
        spans.cohort,
        case when people.day_zero > spans.first_date then people.day_zero else spans.first_date end as first_date,
        case
            when people.withdrawn_date <= least(spans.last_week_start + 6, dim_build.as_of_date)
                then people.withdrawn_date - 1
            else least(spans.last_week_start + 6, dim_build.as_of_date)
        end as last_date
    from spans
    inner join fct_participants as people
        on spans.participant_id = people.participant_id
    cross join dim_build

),

mondays as (

    select distinct cast(date_trunc('week', week_start) as date) as week_start
    from fct_participant_weeks

),

person_weeks as (

    select
        in_study.participant_id,
        in_study.arm_id,
        in_study.site_id,
        in_study.cohort,
        mondays.week_start,
        date_diff(
            'day',
            greatest(in_study.first_date, mondays.week_start),
            least(in_study.last_date, mondays.week_start + 6)
        ) + 1 as n_days
    from in_study
    inner join mondays
        on
            in_study.first_date <= mondays.week_start + 6
            and in_study.last_date >= mondays.week_start

),

in_weeks as (

    select
        arm_id,
        site_id,
        cohort,
        week_start,
        count(*) as n_participants,
        sum(n_days) as n_days
    from person_weeks
    group by
        arm_id,
        site_id,
        cohort,
        week_start

),

met as (

    select
        in_study.participant_id,
        in_study.arm_id,
        in_study.site_id,
        in_study.cohort,
        features.category_id,
        cast(date_trunc('week', exposures.local_date) as date) as week_start,
        sum(exposures.n_exposures) as n_exposures
    from fct_exposures as exposures
    inner join dim_features as features
        on
            exposures.feature_id = features.feature_id
            and exposures.stage = features.exposure_stage
    inner join in_study
        on exposures.participant_id = in_study.participant_id
    where exposures.local_date between in_study.first_date and in_study.last_date
    group by
        in_study.participant_id,
        in_study.arm_id,
        in_study.site_id,
        in_study.cohort,
        features.category_id,
        cast(date_trunc('week', exposures.local_date) as date)

),

exposed as (

    select
        arm_id,
        site_id,
        cohort,
        category_id,
        week_start,
        sum(case when n_exposures > 0 then 1 else 0 end) as n_exposed,
        sum(n_exposures) as n_exposures
    from met
    group by
        arm_id,
        site_id,
        cohort,
        category_id,
        week_start

)

select
    in_weeks.arm_id,
    in_weeks.site_id,
    in_weeks.cohort,
    categories.category_id,
    in_weeks.week_start,
    in_weeks.n_participants,
    cast(coalesce(exposed.n_exposed, 0) as bigint) as n_exposed,
    cast(in_weeks.n_days as bigint) as n_days,
    cast(coalesce(exposed.n_exposures, 0) as double) as n_exposures
from in_weeks
cross join categories
left join exposed
    on
        in_weeks.week_start = exposed.week_start
        and categories.category_id = exposed.category_id
        and coalesce(in_weeks.arm_id, '') = coalesce(exposed.arm_id, '')
        and coalesce(in_weeks.site_id, '') = coalesce(exposed.site_id, '')
        and coalesce(in_weeks.cohort, '') = coalesce(exposed.cohort, '')
