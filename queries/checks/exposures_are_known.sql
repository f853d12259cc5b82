-- exposures_are_known
--
-- Exposures to a feature that the study file does not have, or of a negative number.
-- Grain: one row per feature and stage with such exposures.
-- Reads: fct_exposures, dim_features
-- Severity: fail
--
-- Column: feature_id  VARCHAR  feature
-- Column: stage       VARCHAR  stage
select distinct
    fct_exposures.feature_id,
    fct_exposures.stage
from fct_exposures
left join dim_features
    on fct_exposures.feature_id = dim_features.feature_id
where
    dim_features.feature_id is null
    or fct_exposures.n_exposures < 0
