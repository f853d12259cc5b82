-- fct_scores
--
-- Every scale of every filling-in. A mean of scales needs each of its member scales.
-- Grain: one row per participant_id, instrument_id, occasion_id and scale_id.
-- Reads: int_scales_scored, int_occasions_shown, dim_scales, dim_scale_members
--
-- Column: participant_id    VARCHAR    participant
-- Column: instrument_id     VARCHAR    instrument
-- Column: scale_id          VARCHAR    scale
-- Column: occasion_id       VARCHAR    the source's label, or '<instrument>@<local date>'
-- Column: occasion_number   INTEGER    1 for the participant's first filling-in of the instrument
-- Column: answered_at       TIMESTAMP  first answer of the filling-in (UTC)
-- Column: local_date        DATE       its date in the participant's time zone
-- Column: study_day         INTEGER    days since day 0; negative before it
-- Column: study_week        INTEGER    whole weeks since the start of week 0; negative before it
-- Column: survey_id         VARCHAR    scheduled filling-in that it satisfies; NULL if none
-- Column: score             DOUBLE     scale points; NULL with too few answers
-- Column: n_items_answered  INTEGER    items with an answer
-- Column: n_items           INTEGER    items of the scale
-- Column: is_complete       BOOLEAN    every applicable item has an answer
with

members as (

    select
        instrument_id,
        scale_id,
        count(*) as n_members
    from dim_scale_members
    group by
        instrument_id,
        scale_id

),

composed as (

    select
        scored.participant_id,
        scored.instrument_id,
        scored.occasion_id,
        dim_scales.scale_id,
        case
            when count(scored.score) = count(*) and count(*) = max(members.n_members)
                then max(dim_scales.multiplier) * (avg(scored.score) + max(dim_scales.shift))
        end as score,
        cast(sum(scored.n_items_answered) as integer) as n_items_answered,
        cast(sum(scored.n_items) as integer) as n_items,
        sum(case when scored.is_complete then 0 else 1 end) = 0 as is_complete
    from int_scales_scored as scored
    inner join dim_scale_members
        on
            scored.instrument_id = dim_scale_members.instrument_id
            and scored.scale_id = dim_scale_members.member_scale_id
    inner join dim_scales
        on
            dim_scale_members.instrument_id = dim_scales.instrument_id
            and dim_scale_members.scale_id = dim_scales.scale_id
    inner join members
        on
            dim_scales.instrument_id = members.instrument_id
            and dim_scales.scale_id = members.scale_id
    group by
        scored.participant_id,
        scored.instrument_id,
        scored.occasion_id,
        dim_scales.scale_id

),

scores as (

    select * from int_scales_scored
    union all
    select
        participant_id,
        instrument_id,
        occasion_id,
        scale_id,
        score,
        n_items_answered,
        n_items,
        is_complete
    from composed

)

select
    scores.participant_id,
    scores.instrument_id,
    scores.scale_id,
    scores.occasion_id,
    occasions.occasion_number,
    occasions.answered_at,
    occasions.local_date,
    occasions.study_day,
    occasions.study_week,
    occasions.survey_id,
    scores.score,
    scores.n_items_answered,
    scores.n_items,
    scores.is_complete
from scores
inner join int_occasions_shown as occasions
    on
        scores.participant_id = occasions.participant_id
        and scores.instrument_id = occasions.instrument_id
        and scores.occasion_id = occasions.occasion_id
