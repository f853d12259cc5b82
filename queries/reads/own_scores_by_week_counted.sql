-- own_scores_by_week_counted
--
-- The same as `own_scores_by_week` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per dimension_id and study_week with any.
-- Like: reads/own_scores_by_week.sql
-- Reads: fct_score_counts
select
    dimension_id,
    study_week,
    cast(sum(n_scored) as bigint) as n_own
from fct_score_counts
where
    cast($participants as varchar[]) is null
    and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
group by
    dimension_id,
    study_week
having sum(n_scored) > 0
order by
    dimension_id,
    study_week
