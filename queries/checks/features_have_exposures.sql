-- features_have_exposures
--
-- Features without a single event at their exposure stage: a pattern may be wrong.
-- Grain: one row per such feature.
-- Reads: dim_features, fct_exposures
-- Severity: warn
--
-- Column: feature_id      VARCHAR  feature
-- Column: exposure_stage  VARCHAR  stage that counts as exposure
select
    dim_features.feature_id,
    dim_features.exposure_stage
from dim_features
left join fct_exposures
    on
        dim_features.feature_id = fct_exposures.feature_id
        and dim_features.exposure_stage = fct_exposures.stage
group by
    dim_features.feature_id,
    dim_features.exposure_stage
having count(fct_exposures.participant_id) = 0
