-- item_answers_add_up
--
-- Scores that rest on another number of answers than their items have, and answers that stand twice
-- or outside their instrument's range.
-- Grain: one row per score, answer or item at fault.
-- Reads: fct_item_answers, fct_scores, dim_items, dim_scales, dim_scale_items
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: instrument_id   VARCHAR  instrument
-- Column: occasion_id     VARCHAR  filling-in
-- Column: fault           VARCHAR  count, repeated or range
with

counted as (

    select
        scores.participant_id,
        scores.instrument_id,
        scores.occasion_id,
        scores.scale_id,
        scores.n_items_answered,
        count(answers.keyed_value) as n_values
    from fct_scores as scores
    inner join dim_scales
        on
            scores.instrument_id = dim_scales.instrument_id
            and scores.scale_id = dim_scales.scale_id
            and dim_scales.aggregate <> 'mean_of_scales'
    inner join dim_scale_items
        on
            scores.instrument_id = dim_scale_items.instrument_id
            and scores.scale_id = dim_scale_items.scale_id
    left join fct_item_answers as answers
        on
            scores.participant_id = answers.participant_id
            and scores.instrument_id = answers.instrument_id
            and scores.occasion_id = answers.occasion_id
            and dim_scale_items.item_id = answers.item_id
    group by
        scores.participant_id,
        scores.instrument_id,
        scores.occasion_id,
        scores.scale_id,
        scores.n_items_answered

)

select
    participant_id,
    instrument_id,
    occasion_id,
    'count' as fault
from counted
where n_values <> n_items_answered
union all
select
    participant_id,
    instrument_id,
    occasion_id,
    'repeated' as fault
from fct_item_answers
group by
    participant_id,
    instrument_id,
    occasion_id,
    item_id
having count(*) > 1
union all
select
    answers.participant_id,
    answers.instrument_id,
    answers.occasion_id,
    'range' as fault
from fct_item_answers as answers
inner join dim_items
    on
        answers.instrument_id = dim_items.instrument_id
        and answers.item_id = dim_items.item_id
where
    answers.keyed_value < dim_items.low
    or answers.keyed_value > dim_items.high
    or (answers.keyed_value is null) <> answers.is_not_applicable
