-- int_scales_scored
--
-- Scales made of items. Answered items only: an unanswered item is never 0. One that does not apply
-- is left out and not asked for either: answered * n_items >= min_items * applicable. With fewer
-- answers there is no score; with enough, a sum is the mean of the answered items times n_items.
-- The same rule as study.scoring, which a test compares with it.
-- Grain: one row per participant_id, instrument_id, occasion_id and scale_id made of items.
-- Reads: int_occasions_shown, int_answers_keyed, dim_scales, dim_scale_items
--
-- Column: participant_id    VARCHAR  participant
-- Column: instrument_id     VARCHAR  instrument
-- Column: occasion_id       VARCHAR  filling-in
-- Column: scale_id          VARCHAR  scale
-- Column: score             DOUBLE   scale points; NULL with too few answers
-- Column: n_items_answered  INTEGER  items with an answer
-- Column: n_items           INTEGER  items of the scale
-- Column: is_complete       BOOLEAN  every applicable item has an answer
with

answered as (

    select
        occasions.participant_id,
        occasions.instrument_id,
        occasions.occasion_id,
        dim_scale_items.scale_id,
        count(answers.keyed_value) as n_items_answered,
        cast(sum(case when answers.is_not_applicable then 1 else 0 end) as bigint) as n_not_applicable,
        avg(answers.keyed_value) as mean_value
    from int_occasions_shown as occasions
    inner join dim_scale_items
        on occasions.instrument_id = dim_scale_items.instrument_id
    left join int_answers_keyed as answers
        on
            occasions.participant_id = answers.participant_id
            and occasions.instrument_id = answers.instrument_id
            and occasions.occasion_id = answers.occasion_id
            and dim_scale_items.item_id = answers.item_id
    group by
        occasions.participant_id,
        occasions.instrument_id,
        occasions.occasion_id,
        dim_scale_items.scale_id

)

select
    answered.participant_id,
    answered.instrument_id,
    answered.occasion_id,
    answered.scale_id,
    case
        when answered.n_items_answered = 0 then null
        when
            answered.n_items_answered * dim_scales.n_items
            < dim_scales.min_items * (dim_scales.n_items - answered.n_not_applicable)
            then null
        when dim_scales.aggregate = 'sum'
            then
                dim_scales.multiplier
                * (answered.mean_value * dim_scales.n_items + dim_scales.shift)
        else dim_scales.multiplier * (answered.mean_value + dim_scales.shift)
    end as score,
    cast(answered.n_items_answered as integer) as n_items_answered,
    dim_scales.n_items,
    (
        answered.n_items_answered > 0
        and answered.n_items_answered = dim_scales.n_items - answered.n_not_applicable
    ) as is_complete
from answered
inner join dim_scales
    on
        answered.instrument_id = dim_scales.instrument_id
        and answered.scale_id = dim_scales.scale_id
where dim_scales.aggregate <> 'mean_of_scales'
