-- usage_retention_counted
--
-- The same as `usage_retention` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per study_week that somebody has begun.
-- Like: reads/usage_retention.sql
-- Reads: fct_use_counts
select
    study_week,
    cast(sum(n_over) as bigint) as n_participants,
    cast(sum(n_active) as bigint) as n_active,
    cast(sum(n_left) as bigint) as n_left,
    cast(sum(n_open) as bigint) as n_open,
    cast(sum(n_active_open) as bigint) as n_active_open
from fct_use_counts
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and study_week between $first_week and $last_week
group by study_week
having sum(n_over + n_open) > 0
order by study_week
