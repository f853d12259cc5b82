-- scores_are_in_range
--
-- Scores outside what their scale can give, and scores that rest on no answer.
-- Grain: one row per such score.
-- Reads: fct_scores, dim_scales
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: instrument_id   VARCHAR  instrument
-- Column: scale_id        VARCHAR  scale
-- Column: occasion_id     VARCHAR  filling-in
select
    fct_scores.participant_id,
    fct_scores.instrument_id,
    fct_scores.scale_id,
    fct_scores.occasion_id
from fct_scores
inner join dim_scales
    on
        fct_scores.instrument_id = dim_scales.instrument_id
        and fct_scores.scale_id = dim_scales.scale_id
where
    fct_scores.score < dim_scales.low - 1e-9
    or fct_scores.score > dim_scales.high + 1e-9
    or (fct_scores.score is not null and fct_scores.n_items_answered = 0)
    or fct_scores.n_items_answered > fct_scores.n_items
