-- exposures_by_participant
--
-- How often a stage of a feature reached participants in the weeks that a masked edition would show.
-- Grain: one row per participant_id, feature_id and stage with any.
-- Reads: fct_exposures
--
-- Param: use_weeks  INTEGER  study weeks, from week 0 on, of which use would be shown
--
-- Column: participant_id  VARCHAR  participant
-- Column: feature_id      VARCHAR  feature
-- Column: stage           VARCHAR  offered, delivered, seen or acted
-- Column: n_exposures     DOUBLE   sum over these weeks
select
    participant_id,
    feature_id,
    stage,
    sum(n_exposures) as n_exposures
from fct_exposures
where study_week < $use_weeks
group by
    participant_id,
    feature_id,
    stage
order by
    feature_id,
    stage,
    participant_id
