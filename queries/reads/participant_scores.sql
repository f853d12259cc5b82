-- participant_scores
--
-- One participant's scores by dimension, with what a reliable-change band needs.
-- Grain: one row per dimension and occasion; the band's first score may lie before first_week, so
-- all occasions are returned.
-- Reads: fct_participants, fct_dimension_scores, dim_dimensions, dim_scales
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  participant   VARCHAR    the one participant to return
--
-- Column: dimension_id      VARCHAR    dimension
-- Column: dimension_label   VARCHAR    its name
-- Column: position          INTEGER    order of the dimension
-- Column: scale_label       VARCHAR    the scale that measures it
-- Column: instrument_id     VARCHAR    the scale's instrument
-- Column: occasion_id       VARCHAR    filling-in
-- Column: answered_at       TIMESTAMP  when it was filled in (UTC)
-- Column: study_day         INTEGER    whole days since day 0
-- Column: study_week        INTEGER    whole weeks since day 0
-- Column: score             DOUBLE     scale points; NULL when too few items were answered
-- Column: n_items_answered  INTEGER    items answered
-- Column: n_items           INTEGER    items of the scale
-- Column: is_complete       BOOLEAN    every item was answered
-- Column: low               DOUBLE     lowest possible score
-- Column: high              DOUBLE     highest possible score
-- Column: reliability       DOUBLE     of the scale in a reference sample; NULL when not given
-- Column: reliability_kind  VARCHAR    retest or alpha
-- Column: sd                DOUBLE     of the scale in a reference sample; NULL when not given
with

visible as (

    select participant_id
    from fct_participants
    where
        participant_id = $participant
        and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

)

select
    dim_dimensions.dimension_id,
    dim_dimensions.label as dimension_label,
    dim_dimensions.position,
    dim_scales.label as scale_label,
    scores.instrument_id,
    scores.occasion_id,
    scores.answered_at,
    scores.study_day,
    scores.study_week,
    scores.score,
    scores.n_items_answered,
    scores.n_items,
    scores.is_complete,
    scores.low,
    scores.high,
    dim_scales.reliability,
    dim_scales.reliability_kind,
    dim_scales.sd
from fct_dimension_scores as scores
inner join visible
    on scores.participant_id = visible.participant_id
inner join dim_dimensions
    on scores.dimension_id = dim_dimensions.dimension_id
inner join dim_scales
    on
        scores.instrument_id = dim_scales.instrument_id
        and scores.scale_id = dim_scales.scale_id
order by
    dim_dimensions.position,
    dim_dimensions.dimension_id,
    scores.answered_at,
    scores.occasion_id
