-- freshness
--
-- How new the data are, and how much of what was read could not be used.
-- Grain: one row per item.
-- Reads: fct_data_days, fct_receipts, dim_build
-- Concerns: no participant; files as a whole
--
-- Column: item      VARCHAR    'last_event', 'last_answer', 'last_load' or 'rejected'
-- Column: last_on   DATE       day of the newest event, answer or load; NULL for 'rejected'
-- Column: age_days  INTEGER    days from then to the build; NULL for 'rejected'
-- Column: n_rows    BIGINT     rows rejected; NULL for the others
-- Column: n_of      BIGINT     rows read; NULL for the others
-- Column: position  INTEGER    order
with

days as (

    select
        'last_event' as item,
        max(local_date) as last_on,
        0 as position
    from fct_data_days
    where n_events > 0
    union all
    select
        'last_answer' as item,
        max(local_date) as last_on,
        1 as position
    from fct_data_days
    where n_answers > 0
    union all
    select
        'last_load' as item,
        cast(max(loaded_at) as date) as last_on,
        2 as position
    from fct_receipts

),

items as (

    select
        days.item,
        days.last_on,
        cast(cast(dim_build.built_at as date) - days.last_on as integer) as age_days,
        cast(null as bigint) as n_rows,
        cast(null as bigint) as n_of,
        days.position
    from days
    cross join dim_build
    where days.last_on is not null
    union all
    select
        'rejected' as item,
        cast(null as date) as last_on,
        cast(null as integer) as age_days,
        cast(sum(rows_rejected) as bigint) as n_rows,
        cast(sum(rows_read) as bigint) as n_of,
        3 as position
    from fct_receipts
    having sum(rows_read) > 0

)

select
    item,
    last_on,
    age_days,
    n_rows,
    n_of,
    position
from items
order by position
