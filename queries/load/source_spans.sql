-- source_spans
--
-- How many participants each source has, and from when to when.
-- Grain: one row per source that has rows.
-- Reads: events, answers, roster, files
--
-- Column: source_id       VARCHAR  the source's id
-- Column: n_participants  BIGINT   participants in rows that count
-- Column: first_date      DATE     first day, where the participants were
-- Column: last_date       DATE     last day, where the participants were
with

rows_that_count as (

    select
        file_number,
        participant_id,
        local_date as happened_on
    from events
    where status = 'loaded'
    union all
    select
        file_number,
        participant_id,
        local_date as happened_on
    from answers
    where status = 'loaded'
    union all
    select
        file_number,
        participant_id,
        enrolled_date as happened_on
    from roster
    where status = 'loaded'

)

select
    files.source_id,
    count(distinct rows_that_count.participant_id) as n_participants,
    min(rows_that_count.happened_on) as first_date,
    max(rows_that_count.happened_on) as last_date
from rows_that_count
inner join files
    on rows_that_count.file_number = files.file_number
group by files.source_id
order by files.source_id
