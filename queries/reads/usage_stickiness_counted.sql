-- usage_stickiness_counted
--
-- The same as `usage_stickiness` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per study_week that is over for somebody.
-- Like: reads/usage_stickiness.sql
-- Reads: fct_use_counts
select
    study_week,
    cast(sum(n_over) as bigint) as n_participants,
    cast(sum(n_active) as bigint) as n_active,
    sum(active_days) / cast(nullif(sum(n_active), 0) as double) as mean_active_days,
    case
        when sum(n_active) > 1
            then sqrt(
                (cast(sum(n_active) as double) * sum(active_days_squared) - power(cast(sum(active_days) as double), 2))
                / (cast(sum(n_active) as double) * (sum(n_active) - 1))
            )
    end as sd_active_days,
    case when study_week >= 3 then cast(sum(n_active_4_weeks) as bigint) end as n_active_4_weeks
from fct_use_counts
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and study_week between $first_week and $last_week
group by study_week
having sum(n_over) > 0
order by study_week
