-- file_spans
--
-- What each file holds, and from when to when.
-- Grain: one row per file the loader holds.
-- Reads: files, events, answers, roster
--
-- Column: file_id         VARCHAR    the file's id
-- Column: n_participants  BIGINT     participants in rows that count
-- Column: first_at        TIMESTAMP  the first time in rows that count (UTC)
-- Column: last_at         TIMESTAMP  the last one
with

times as (

    select
        file_number,
        participant_id,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    where status in ('loaded', 'duplicate')
    group by
        file_number,
        participant_id
    union all
    select
        file_number,
        participant_id,
        min(answered_at) as first_at,
        max(answered_at) as last_at
    from answers
    where status in ('loaded', 'duplicate')
    group by
        file_number,
        participant_id
    union all
    select
        file_number,
        participant_id,
        min(enrolled_at) as first_at,
        max(enrolled_at) as last_at
    from roster
    where status = 'loaded'
    group by
        file_number,
        participant_id

)

select
    files.file_id,
    count(distinct times.participant_id) as n_participants,
    min(times.first_at) as first_at,
    max(times.last_at) as last_at
from files
left join times
    on files.file_number = times.file_number
group by files.file_id
order by files.file_id
