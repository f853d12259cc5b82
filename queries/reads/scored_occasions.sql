-- scored_occasions
--
-- Scores of the primary scale of each dimension, in their order, with what it takes to compare two of
-- them: the error of the scale, and which items were answered. Filling-ins without a score are left out.
-- Grain: one row per participant_id, dimension_id and occasion with a score.
-- Reads: fct_participants, fct_dimension_scores, fct_item_answers, dim_dimensions, dim_scales, dim_scale_items, dim_scale_members
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  participant   VARCHAR    the one participant to return; NULL = all
-- Param:  dimension     VARCHAR    the one dimension to return; NULL = all
--
-- Column: participant_id    VARCHAR    participant
-- Column: dimension_id      VARCHAR    dimension, 'alliance' for the total
-- Column: dimension_label   VARCHAR    as the pages name it
-- Column: position          INTEGER    order of the dimensions
-- Column: is_total          BOOLEAN    the alliance total
-- Column: scale_label       VARCHAR    the scale that measures it
-- Column: occasion_id       VARCHAR    filling-in
-- Column: answered_at       TIMESTAMP  when it was filled in (UTC)
-- Column: local_date        DATE       its date in the participant's time zone
-- Column: study_day         INTEGER    whole days since day 0
-- Column: study_week        INTEGER    whole weeks since day 0
-- Column: score             DOUBLE     scale points
-- Column: n_items_answered  INTEGER    items answered
-- Column: n_items           INTEGER    items of the scale
-- Column: is_complete       BOOLEAN    every applicable item was answered
-- Column: low               DOUBLE     lowest possible score
-- Column: high              DOUBLE     highest possible score
-- Column: reliability       DOUBLE     of the scale in a reference sample; NULL when not given
-- Column: reliability_kind  VARCHAR    retest or alpha
-- Column: sd                DOUBLE     of the scale in a reference sample; NULL when not given
-- Column: items_answered    VARCHAR    ids of the items answered, joined by commas; NULL when all were
with

scored as (

    select scores.*
    from fct_dimension_scores as scores
    inner join fct_participants as people
        on scores.participant_id = people.participant_id
    where
        scores.score is not null
        and (cast($dimension as varchar) is null or scores.dimension_id = $dimension)
        and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )
        and (cast($participant as varchar) is null or people.participant_id = $participant)

),

items as (

    select
        instrument_id,
        scale_id,
        item_id
    from dim_scale_items
    union
    select
        members.instrument_id,
        members.scale_id,
        dim_scale_items.item_id
    from dim_scale_members as members
    inner join dim_scale_items
        on
            members.instrument_id = dim_scale_items.instrument_id
            and members.member_scale_id = dim_scale_items.scale_id

),

partly_answered as (

    select
        scored.participant_id,
        scored.dimension_id,
        scored.occasion_id,
        string_agg(answers.item_id, ',' order by answers.item_id) as items_answered
    from scored
    inner join items
        on
            scored.instrument_id = items.instrument_id
            and scored.scale_id = items.scale_id
    inner join fct_item_answers as answers
        on
            scored.participant_id = answers.participant_id
            and scored.instrument_id = answers.instrument_id
            and scored.occasion_id = answers.occasion_id
            and items.item_id = answers.item_id
    where
        scored.n_items_answered < scored.n_items
        and answers.keyed_value is not null
    group by
        scored.participant_id,
        scored.dimension_id,
        scored.occasion_id

)

select
    scored.participant_id,
    dimensions.dimension_id,
    dimensions.label as dimension_label,
    dimensions.position,
    dimensions.is_total,
    scales.label as scale_label,
    scored.occasion_id,
    scored.answered_at,
    scored.local_date,
    scored.study_day,
    scored.study_week,
    scored.score,
    scored.n_items_answered,
    scored.n_items,
    scored.is_complete,
    scored.low,
    scored.high,
    scales.reliability,
    scales.reliability_kind,
    scales.sd,
    partly_answered.items_answered
from scored
inner join dim_dimensions as dimensions
    on scored.dimension_id = dimensions.dimension_id
inner join dim_scales as scales
    on
        scored.instrument_id = scales.instrument_id
        and scored.scale_id = scales.scale_id
left join partly_answered
    on
        scored.participant_id = partly_answered.participant_id
        and scored.dimension_id = partly_answered.dimension_id
        and scored.occasion_id = partly_answered.occasion_id
order by
    scored.participant_id,
    dimensions.position,
    dimensions.dimension_id,
    scored.answered_at,
    scored.occasion_id
