-- source_spans
--
-- How many participants each source has, and from when to when.
-- Grain: one row per source that has rows.
-- Reads: events, answers, roster
--
-- Column: source_id       VARCHAR  the source's id
-- Column: n_participants  BIGINT   participants in rows that count
-- Column: first_date      DATE     first day, where the participants were
-- Column: last_date       DATE     last day, where the participants were
with

rows_that_count as (

    select
        source_id,
        participant_id,
        local_date as happened_on
    from events
    where status = 'loaded'
    union all
    select
        source_id,
        participant_id,
        local_date as happened_on
    from answers
    where status = 'loaded'
    union all
    select
        source_id,
        participant_id,
        enrolled_date as happened_on
    from roster
    where status = 'loaded'

)

select
    source_id,
    count(distinct participant_id) as n_participants,
    min(happened_on) as first_date,
    max(happened_on) as last_date
from rows_that_count
group by source_id
order by source_id
