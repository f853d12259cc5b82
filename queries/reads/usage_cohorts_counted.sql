-- usage_cohorts_counted
--
-- The same as `usage_cohorts` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per cohort and study_week that somebody of it has begun.
-- Like: reads/usage_cohorts.sql
-- Reads: fct_use_counts
select
    cohort,
    study_week,
    cast(sum(n_over) as bigint) as n_participants,
    cast(sum(n_active) as bigint) as n_active,
    cast(sum(n_open) as bigint) as n_open
from fct_use_counts
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and study_week between $first_week and $last_week
group by
    cohort,
    study_week
having sum(n_over + n_open) > 0
order by
    cohort,
    study_week
