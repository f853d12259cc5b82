-- hypothesised_links
--
-- The links between features and dimensions that the study expects.
-- Grain: one row per feature_id and dimension_id.
-- Reads: dim_features, dim_hypotheses
-- Concerns: no participant; the study's own words
--
-- Column: feature_id    VARCHAR  feature whose principle is named in a hypothesis
-- Column: dimension_id  VARCHAR  dimension that it is expected to go with
select distinct
    features.feature_id,
    hypotheses.dimension_id
from dim_features as features
inner join dim_hypotheses as hypotheses
    on features.principle_id = hypotheses.principle_id
order by
    features.feature_id,
    hypotheses.dimension_id
