-- int_answers_keyed
--
-- Each item of each filling-in, turned round where the instrument says so. Of several answers to
-- one item in one filling-in the last counts. Filling-ins in which nothing was answered are none.
-- Grain: one row per participant_id, instrument_id, occasion_id and item_id.
-- Reads: stg_answers, dim_items
--
-- Column: participant_id     VARCHAR    participant
-- Column: instrument_id      VARCHAR    instrument
-- Column: occasion_id        VARCHAR    filling-in
-- Column: item_id            VARCHAR    item
-- Column: answered_at        TIMESTAMP  when (UTC)
-- Column: local_date         DATE       date in the participant's time zone
-- Column: keyed_value        DOUBLE     answer in the direction of the scale; NULL when unanswered
-- Column: is_not_applicable  BOOLEAN    the participant chose "not applicable"
with

latest as (

    select
        participant_id,
        instrument_id,
        occasion_id,
        item_id,
        answered_at,
        local_date,
        value,
        is_not_applicable
    from stg_answers
    qualify row_number() over (
        partition by participant_id, instrument_id, occasion_id, item_id
        order by answered_at desc, answer_key desc
    ) = 1

)

select
    latest.participant_id,
    latest.instrument_id,
    latest.occasion_id,
    latest.item_id,
    latest.answered_at,
    latest.local_date,
    case
        when latest.is_not_applicable then null
        when dim_items.is_reversed then dim_items.low + dim_items.high - latest.value
        else latest.value
    end as keyed_value,
    latest.is_not_applicable
from latest
inner join dim_items
    on
        latest.instrument_id = dim_items.instrument_id
        and latest.item_id = dim_items.item_id
