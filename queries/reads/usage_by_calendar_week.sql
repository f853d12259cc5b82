-- usage_by_calendar_week
--
-- Exposures per participant and week in the study, by calendar week and category of persuasive design:
-- what a release changes shows on the calendar, not on the study weeks. Planned weeks only; weeks are
-- those that begin on Mondays.
-- Grain: one row per category_id and calendar week with somebody in the study.
-- Reads: fct_participants, fct_participant_weeks, fct_exposures, dim_features, dim_principles, dim_build
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: category_id         VARCHAR  category of the PSD model
-- Column: category_label      VARCHAR  as the pages name it
-- Column: position            INTEGER  order of the categories
-- Column: week_start          DATE     the Monday on which the calendar week begins
-- Column: is_open             BOOLEAN  the week is not over in the data
-- Column: n_participants      BIGINT   participants with a day in the study in that week
-- Column: n_exposed           BIGINT   of those, with an exposure in it
-- Column: n_participant_weeks DOUBLE   their days in the study in that week, in weeks
-- Column: n_exposures         DOUBLE   exposures on those days, at the stage that counts
with

categories as (

    select
        category_id,
        min(category_label) as category_label,
        min(position) as position
    from dim_principles
    where category_id in (select category_id from dim_features)
    group by category_id

),

spans as (

    select
        weeks_at_risk.participant_id,
        min(weeks_at_risk.week_start) as first_date,
        max(weeks_at_risk.week_start) as last_week_start
    from fct_participant_weeks as weeks_at_risk
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), weeks_at_risk.site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), weeks_at_risk.arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), weeks_at_risk.cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), weeks_at_risk.participant_id)
        )
    group by weeks_at_risk.participant_id

),

in_study as (

    select
        spans.participant_id,
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
        mondays.week_start,
        mondays.week_start + 6 >= dim_build.as_of_date as is_open,
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
    cross join dim_build

),

met as (

    select
        exposures.participant_id,
        features.category_id,
        cast(date_trunc('week', exposures.local_date) as date) as week_start,
        sum(exposures.n_exposures) as n_exposures
    from fct_exposures as exposures
    inner join dim_features as features
        on
            exposures.feature_id = features.feature_id
            and exposures.stage = features.exposure_stage
    inner join in_study
        on
            exposures.participant_id = in_study.participant_id
            and exposures.local_date between in_study.first_date and in_study.last_date
    group by
        exposures.participant_id,
        features.category_id,
        cast(date_trunc('week', exposures.local_date) as date)

)

select
    categories.category_id,
    categories.category_label,
    categories.position,
    person_weeks.week_start,
    person_weeks.is_open,
    count(*) as n_participants,
    cast(sum(case when met.n_exposures > 0 then 1 else 0 end) as bigint) as n_exposed,
    sum(person_weeks.n_days) / cast(7 as double) as n_participant_weeks,
    cast(sum(coalesce(met.n_exposures, 0)) as double) as n_exposures
from person_weeks
cross join categories
left join met
    on
        person_weeks.participant_id = met.participant_id
        and person_weeks.week_start = met.week_start
        and categories.category_id = met.category_id
group by
    categories.category_id,
    categories.category_label,
    categories.position,
    person_weeks.week_start,
    person_weeks.is_open
order by
    categories.position,
    person_weeks.week_start
