-- fct_dimension_scores
--
-- Scores of the primary scale of each dimension.
-- Grain: one row per participant_id, dimension_id and occasion_id.
-- Reads: fct_scores, dim_dimension_scales, dim_scales, int_participants_dated
--
-- Column: participant_id    VARCHAR    participant
-- Column: dimension_id      VARCHAR    dimension, 'alliance' for the total
-- Column: instrument_id     VARCHAR    instrument
-- Column: scale_id          VARCHAR    primary scale of the dimension
-- Column: occasion_id       VARCHAR    filling-in
-- Column: answered_at       TIMESTAMP  first answer (UTC)
-- Column: study_day         INTEGER    days since day 0
-- Column: study_week        INTEGER    whole weeks since the start of week 0
-- Column: arm_id            VARCHAR    randomised group
-- Column: site_id           VARCHAR    recruiting centre
-- Column: cohort            VARCHAR    month of enrolment
-- Column: score             DOUBLE     scale points; NULL with too few answers
-- Column: n_items_answered  INTEGER    items with an answer
-- Column: n_items           INTEGER    items of the scale
-- Column: is_complete       BOOLEAN    every applicable item has an answer
-- Column: low               DOUBLE     lowest score that the scale can give
-- Column: high              DOUBLE     highest score that the scale can give
-- Column: local_date        DATE       date of the first answer in the participant's time zone
select
    fct_scores.participant_id,
    dim_dimension_scales.dimension_id,
    fct_scores.instrument_id,
    fct_scores.scale_id,
    fct_scores.occasion_id,
    fct_scores.answered_at,
    fct_scores.study_day,
    fct_scores.study_week,
    participants.arm_id,
    participants.site_id,
    participants.cohort,
    fct_scores.score,
    fct_scores.n_items_answered,
    fct_scores.n_items,
    fct_scores.is_complete,
    dim_scales.low,
    dim_scales.high,
    fct_scores.local_date
from fct_scores
inner join dim_dimension_scales
    on
        fct_scores.instrument_id = dim_dimension_scales.instrument_id
        and fct_scores.scale_id = dim_dimension_scales.scale_id
        and dim_dimension_scales.position = 0
inner join dim_scales
    on
        fct_scores.instrument_id = dim_scales.instrument_id
        and fct_scores.scale_id = dim_scales.scale_id
inner join int_participants_dated as participants
    on fct_scores.participant_id = participants.participant_id
