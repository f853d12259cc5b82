-- source_days
--
-- How much happens on each day.
-- Grain: one row per source and local_date with an event.
-- Reads: events, files
--
-- Column: source_id   VARCHAR  the source's id
-- Column: local_date  DATE     the day, where the participants were
-- Column: n_events    BIGINT   events that count
with

daily as (

    select
        file_number,
        local_date,
        count(*) as n_events
    from events
    where status = 'loaded'
    group by
        file_number,
        local_date

)

select
    files.source_id,
    daily.local_date,
    cast(sum(daily.n_events) as bigint) as n_events
from daily
inner join files
    on daily.file_number = files.file_number
group by
    files.source_id,
    daily.local_date
order by
    files.source_id,
    daily.local_date
