-- fct_data_days
--
-- What the log covers: every day on which anything was loaded.
-- Grain: one row per local_date with any event or answer.
-- Reads: stg_events, stg_answers
--
-- Column: local_date  DATE    date in the participants' time zones
-- Column: n_events    BIGINT  loaded events, also those that the app did alone
-- Column: n_answers   BIGINT  loaded answers
with

daily as (

    select
        local_date,
        count(*) as n_events,
        0 as n_answers
    from stg_events
    group by local_date
    union all
    select
        local_date,
        0 as n_events,
        count(*) as n_answers
    from stg_answers
    group by local_date

)

select
    local_date,
    cast(sum(n_events) as bigint) as n_events,
    cast(sum(n_answers) as bigint) as n_answers
from daily
group by local_date
