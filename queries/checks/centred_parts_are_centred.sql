-- centred_parts_are_centred
--
-- Participants whose within-person parts do not add up to zero over the analysed rows.
-- Grain: one row per participant, dimension, feature and window that is off.
-- Reads: model_rows
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: dimension_id    VARCHAR  dimension
-- Column: feature_id      VARCHAR  feature
-- Column: window_days     INTEGER  length of the window
select
    participant_id,
    dimension_id,
    feature_id,
    window_days
from model_rows
group by
    participant_id,
    dimension_id,
    feature_id,
    window_days
having abs(sum(within)) > 1e-6 * (1 + coalesce(sum(abs(n_exposures)), 0))
