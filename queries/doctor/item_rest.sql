-- item_rest
--
-- How each item goes with the other items of its scale, after reverse items are turned round.
-- Grain: one row per scale and item.
-- Reads: answers, keyed_items
--
-- Column: instrument_id  VARCHAR  the instrument
-- Column: scale_id       VARCHAR  the scale
-- Column: item_id        VARCHAR  the item
-- Column: n_occasions    BIGINT   fillings-in with this item and at least two others
-- Column: correlation    DOUBLE   with the mean of the others; NULL where one of them never varies
with

turned as (

    select
        answers.participant_id,
        answers.answered_at,
        keyed_items.instrument_id,
        keyed_items.scale_id,
        keyed_items.item_id,
        case
            when keyed_items.is_reversed then keyed_items.low + keyed_items.high - answers.value
            else answers.value
        end as value
    from answers
    inner join keyed_items
        on
            answers.instrument_id = keyed_items.instrument_id
            and answers.item_id = keyed_items.item_id
    where
        answers.status = 'loaded'
        and answers.value is not null

),

sums as (

    select
        instrument_id,
        scale_id,
        participant_id,
        answered_at,
        count(*) as n_items,
        sum(value) as total
    from turned
    group by
        instrument_id,
        scale_id,
        participant_id,
        answered_at
    having count(*) >= 3

)

select
    turned.instrument_id,
    turned.scale_id,
    turned.item_id,
    count(*) as n_occasions,
    case
        when stddev_samp(turned.value) > 0 and stddev_samp((sums.total - turned.value) / (sums.n_items - 1)) > 0
            then corr(turned.value, (sums.total - turned.value) / (sums.n_items - 1))
    end as correlation
from turned
inner join sums
    on
        turned.instrument_id = sums.instrument_id
        and turned.scale_id = sums.scale_id
        and turned.participant_id = sums.participant_id
        and turned.answered_at = sums.answered_at
group by
    turned.instrument_id,
    turned.scale_id,
    turned.item_id
order by
    turned.instrument_id,
    turned.scale_id,
    turned.item_id
