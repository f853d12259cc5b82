-- usage_by_calendar_week_counted
--
-- The same as `usage_by_calendar_week` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per category_id and calendar week with somebody in the study.
-- Like: reads/usage_by_calendar_week.sql
-- Reads: fct_calendar_counts, dim_features, dim_principles, dim_build
with

categories as (

    select
        category_id,
        min(category_label) as category_label,
        min(position) as position
    from dim_principles
    where category_id in (select category_id from dim_features)
    group by category_id

)

select
    categories.category_id,
    categories.category_label,
    categories.position,
    counts.week_start,
    counts.week_start + 6 >= dim_build.as_of_date as is_open,
    cast(sum(counts.n_participants) as bigint) as n_participants,
    cast(sum(counts.n_exposed) as bigint) as n_exposed,
    sum(counts.n_days) / cast(7 as double) as n_participant_weeks,
    sum(counts.n_exposures) as n_exposures
from fct_calendar_counts as counts
inner join categories
    on counts.category_id = categories.category_id
cross join dim_build
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), counts.site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), counts.arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), counts.cohort))
group by
    categories.category_id,
    categories.category_label,
    categories.position,
    counts.week_start,
    dim_build.as_of_date
order by
    categories.position,
    counts.week_start
