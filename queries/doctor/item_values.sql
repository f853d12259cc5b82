-- item_values
--
-- What is answered to each item.
-- Grain: one row per instrument_id and item_id.
-- Reads: answers
--
-- Column: instrument_id  VARCHAR  the instrument
-- Column: item_id        VARCHAR  the item
-- Column: n_answers      BIGINT   answers that count
-- Column: n_values       BIGINT   different values among them
-- Column: lowest         DOUBLE   smallest
-- Column: highest        DOUBLE   largest
select
    instrument_id,
    item_id,
    count(value) as n_answers,
    count(distinct value) as n_values,
    min(value) as lowest,
    max(value) as highest
from answers
where status = 'loaded'
group by
    instrument_id,
    item_id
order by
    instrument_id,
    item_id
