-- usage_lifecycle_counted
--
-- The same as `usage_lifecycle` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per study_week that somebody has begun.
-- Like: reads/usage_lifecycle.sql
-- Reads: fct_use_counts, dim_study
select
    study_week,
    cast(sum(n_over) as bigint) as n_participants,
    cast(sum(n_new) as bigint) as n_new,
    cast(sum(n_continuing) as bigint) as n_continuing,
    cast(sum(n_returning) as bigint) as n_returning,
    cast(sum(n_quiet) as bigint) as n_quiet,
    cast(sum(n_dormant) as bigint) as n_dormant,
    cast(sum(n_not_begun) as bigint) as n_not_begun,
    cast(sum(n_open) as bigint) as n_open,
    min(dim_study.nonusage_days) as limit_days
from fct_use_counts
cross join dim_study
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and study_week between $first_week and $last_week
group by study_week
having sum(n_over + n_open) > 0
order by study_week
