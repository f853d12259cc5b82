-- fct_score_ends
--
-- Of each participant's scores of the total: the first complete one, the last two, and what was filled in
-- in part since. Between them they say how the last score stands to the first and to the one before.
-- Grain: one row per participant_id, dimension_id and occasion_id that is kept.
-- Reads: fct_dimension_scores, fct_item_answers, dim_dimensions, dim_scale_items, dim_scale_members
--
-- Column: participant_id  VARCHAR    participant
-- Column: dimension_id    VARCHAR    dimension that is a total
-- Column: instrument_id   VARCHAR    instrument
-- Column: scale_id        VARCHAR    primary scale of the dimension
-- Column: occasion_id     VARCHAR    filling-in
-- Column: answered_at     TIMESTAMP  first answer (UTC)
-- Column: local_date      DATE       date of the first answer in the participant's time zone
-- Column: study_day       INTEGER    days since day 0
-- Column: study_week      INTEGER    whole weeks since the start of week 0
-- Column: score           DOUBLE     scale points
-- Column: is_complete     BOOLEAN    every applicable item has an answer
-- Column: low             DOUBLE     lowest score that the scale can give
-- Column: high            DOUBLE     highest score that the scale can give
-- Column: items_answered  VARCHAR    items with an answer, where some have none; NULL otherwise
-- Column: n_complete      BIGINT     complete scores of the participant in all
with

numbered as (

    select
        scores.*,
        sum(case when scores.is_complete then 1 else 0 end) over (
            partition by scores.participant_id, scores.dimension_id
            order by scores.answered_at, scores.occasion_id
            rows between unbounded preceding and current row
        ) as n_so_far,
        sum(case when scores.is_complete then 1 else 0 end) over (
            partition by scores.participant_id, scores.dimension_id
        ) as n_complete
    from fct_dimension_scores as scores
    inner join dim_dimensions as dimensions
        on scores.dimension_id = dimensions.dimension_id
    where
        scores.score is not null
        and dimensions.is_total

),

kept as (

    select *
    from numbered
    where
        n_so_far = n_complete
        or (is_complete and n_so_far in (1, n_complete - 1))

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
        kept.participant_id,
        kept.dimension_id,
        kept.occasion_id,
        string_agg(answers.item_id, ',' order by answers.item_id) as items_answered
    from kept
    inner join items
        on
            kept.instrument_id = items.instrument_id
            and kept.scale_id = items.scale_id
    inner join fct_item_answers as answers
        on
            kept.participant_id = answers.participant_id
            and kept.instrument_id = answers.instrument_id
            and kept.occasion_id = answers.occasion_id
            and items.item_id = answers.item_id
    where
        kept.n_items_answered < kept.n_items
        and answers.keyed_value is not null
    group by
        kept.participant_id,
        kept.dimension_id,
        kept.occasion_id
)

select
    kept.participant_id,
    kept.dimension_id,
    kept.instrument_id,
    kept.scale_id,
    kept.occasion_id,
    kept.answered_at,
    kept.local_date,
    kept.study_day,
    kept.study_week,
    kept.score,
    kept.is_complete,
    kept.low,
    kept.high,
    partly_answered.items_answered,
    cast(kept.n_complete as bigint) as n_complete
from kept
left join partly_answered
    on
        kept.participant_id = partly_answered.participant_id
        and kept.dimension_id = partly_answered.dimension_id
        and kept.occasion_id = partly_answered.occasion_id
