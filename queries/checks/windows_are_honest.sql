-- windows_are_honest
--
-- Model rows whose window is not covered and yet has a count, or is covered and has none, or whose
-- parts do not add up for a row that cannot be analysed.
-- Grain: one row per such row.
-- Reads: model_rows
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: dimension_id    VARCHAR  dimension
-- Column: feature_id      VARCHAR  feature
-- Column: occasion_id     VARCHAR  filling-in
select
    participant_id,
    dimension_id,
    feature_id,
    occasion_id
from model_rows
where
    is_covered <> (n_exposures is not null)
    or is_covered <> (n_window_sessions is not null)
    or (within is null) <> ("between" is null)  -- noqa: RF06
    or (within is not null) <> (is_covered and score is not null)
