-- measures_are_keyed
--
-- Exposures, scores and model frames in which a key of the grain stands twice.
-- Grain: one row per mart with a repeated key.
-- Reads: fct_exposures, fct_exposure_weeks, fct_scores, fct_dimension_scores, model_rows, model_weeks
-- Severity: fail
--
-- Column: mart          VARCHAR  table
-- Column: n_violations  BIGINT   keys that stand more than once
with

repeated as (

    select 'fct_exposures' as mart
    from fct_exposures
    group by participant_id, local_date, feature_id, stage
    having count(*) > 1
    union all
    select 'fct_exposure_weeks' as mart
    from fct_exposure_weeks
    group by participant_id, study_week, feature_id
    having count(*) > 1
    union all
    select 'fct_scores' as mart
    from fct_scores
    group by participant_id, instrument_id, occasion_id, scale_id
    having count(*) > 1
    union all
    select 'fct_dimension_scores' as mart
    from fct_dimension_scores
    group by participant_id, dimension_id, occasion_id
    having count(*) > 1
    union all
    select 'model_rows' as mart
    from model_rows
    group by participant_id, occasion_id, dimension_id, feature_id, window_days, lag_days
    having count(*) > 1
    union all
    select 'model_weeks' as mart
    from model_weeks
    group by participant_id, study_week, feature_id
    having count(*) > 1

)

select
    mart,
    count(*) as n_violations
from repeated
group by mart
