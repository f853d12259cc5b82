-- centred_parts_are_centred
--
-- Participants whose within-person parts do not add up to zero over the analysed rows.
-- Grain: one row per participant, dimension, feature, window and lag that is off.
-- Reads: model_rows
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: dimension_id    VARCHAR  dimension
-- Column: feature_id      VARCHAR  feature
-- Column: window_days     INTEGER  length of the window
-- Column: lag_days        INTEGER  days left out between the window and the survey
select
    participant_id,
    dimension_id,
    feature_id,
    window_days,
    lag_days
from model_rows
group by
    participant_id,
    dimension_id,
    feature_id,
    window_days,
    lag_days
having abs(sum(within)) > 1e-6 * (1 + coalesce(sum(abs(n_exposures)), 0))
