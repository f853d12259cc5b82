-- fct_data_days
--
-- What the log covers: every day on which anything was loaded. Days before anything new are those of
-- the build before.
-- Grain: one row per local_date with any event or answer.
-- Reads: stg_events, stg_answers, kept.fct_data_days, int_restarts
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
    where local_date >= (select min(restarts.restart_date) from int_restarts as restarts)
    group by local_date
    union all
    select
        local_date,
        n_events,
        0 as n_answers
    from kept.fct_data_days
    where
        n_events > 0
        and local_date < (
            select coalesce(min(restarts.restart_date), date '9999-12-31')
            from int_restarts as restarts
        )
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
