-- feature_reach_counted
--
-- The same as `feature_reach` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per feature_id.
-- Like: reads/feature_reach.sql
-- Reads: fct_reach_counts, dim_features, dim_principles
with

counted as (

    select
        feature_id,
        sum(case when app_version is null then n_participants else 0 end) as n_all,
        sum(case when app_version is null then n_reached else 0 end) as n_reached_any,
        sum(case when app_version = $app_version or $app_version is null then n_participants else 0 end)
            as n_participants,
        sum(case when app_version = $app_version or $app_version is null then n_reached else 0 end) as n_reached,
        sum(case when app_version = $app_version or $app_version is null then n_users else 0 end) as n_users,
        sum(case when app_version = $app_version or $app_version is null then sum_per_week else 0 end)
            as sum_per_week
    from fct_reach_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (app_version is null or app_version = $app_version)
        -- Added up over all weeks.
        and $first_week = 0
        and $last_week >= 519
    group by feature_id

)

select
    features.feature_id,
    features.label as feature_label,
    principles.label as principle_label,
    features.category_id,
    principles.category_label,
    features.is_always_on,
    features.position,
    cast(coalesce(counted.n_all, 0) as bigint) as n_all,
    cast(coalesce(counted.n_participants, 0) as bigint) as n_participants,
    cast(coalesce(counted.n_reached_any, 0) as bigint) as n_reached_any,
    cast(coalesce(counted.n_reached, 0) as bigint) as n_reached,
    cast(coalesce(counted.n_users, 0) as bigint) as n_users,
    counted.sum_per_week / nullif(counted.n_users, 0) as mean_per_week
from dim_features as features
inner join dim_principles as principles
    on features.principle_id = principles.principle_id
left join counted
    on features.feature_id = counted.feature_id
order by
    features.position,
    features.feature_id
