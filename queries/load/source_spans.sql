-- source_spans
--
-- How many participants each source has, and from when to when.
-- Grain: one row per source that has rows.
-- Reads: events, answers, roster
--
-- Column: source_id       VARCHAR    the source's id
-- Column: n_participants  BIGINT     participants in rows that count
-- Column: first_at        TIMESTAMP  time of the first row, UTC
-- Column: last_at         TIMESTAMP  time of the last row, UTC
with

rows_that_count as (

    select
        source_id,
        participant_id,
        occurred_at as happened_at
    from events
    where status = 'loaded'
    union all
    select
        source_id,
        participant_id,
        answered_at as happened_at
    from answers
    where status = 'loaded'
    union all
    select
        source_id,
        participant_id,
        enrolled_at as happened_at
    from roster
    where status = 'loaded'

)

select
    source_id,
    count(distinct participant_id) as n_participants,
    min(happened_at) as first_at,
    max(happened_at) as last_at
from rows_that_count
group by source_id
order by source_id
