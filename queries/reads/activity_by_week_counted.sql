-- activity_by_week_counted
--
-- The same as `activity_by_week` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per window of seven days in which somebody was in the study.
-- Like: reads/activity_by_week.sql
-- Reads: fct_activity_counts
select
    window_end - 6 as window_start,
    window_end,
    cast(sum(n_in_study) as bigint) as n_in_study,
    cast(sum(n_active) as bigint) as n_active,
    cast(sum(n_active) as double) / sum(n_in_study) as share
from fct_activity_counts
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
group by window_end
order by window_end
