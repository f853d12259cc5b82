-- own_scores_by_week
--
-- How many of those whom the viewer may see have a complete score, by dimension and study week: whoever
-- knows these scores must not learn from a band what the few others said.
-- Grain: one row per dimension_id and study_week with any.
-- Reads: fct_dimension_scores
--
-- Param:  sites         VARCHAR[]  sites that the viewer may see; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: dimension_id  VARCHAR  dimension, 'alliance' for the total
-- Column: study_week    INTEGER  whole weeks since day 0
-- Column: n_own         BIGINT   participants with a complete score in that week
select
    dimension_id,
    study_week,
    count(distinct participant_id) as n_own
from fct_dimension_scores
where
    is_complete
    and score is not null
    and study_week is not null
    and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), participant_id)
    )
group by
    dimension_id,
    study_week
order by
    dimension_id,
    study_week
