-- zones_used
--
-- In which time zones the participants of a source were.
-- Grain: one row per source and time zone.
-- Reads: events, answers, files
--
-- Column: source_id       VARCHAR  the source's id
-- Column: time_zone       VARCHAR  the zone's name
-- Column: n_participants  BIGINT   participants with a row in that zone
-- Column: first_at        TIMESTAMP  their first row there (UTC)
-- Column: last_at         TIMESTAMP  their last row there (UTC)
with

stays as (

    select
        file_number,
        time_zone,
        participant_id,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    where status = 'loaded'
    group by
        file_number,
        time_zone,
        participant_id
    union all
    select
        file_number,
        time_zone,
        participant_id,
        min(answered_at) as first_at,
        max(answered_at) as last_at
    from answers
    where status = 'loaded'
    group by
        file_number,
        time_zone,
        participant_id

)

select
    files.source_id,
    stays.time_zone,
    count(distinct stays.participant_id) as n_participants,
    min(stays.first_at) as first_at,
    max(stays.last_at) as last_at
from stays
inner join files
    on stays.file_number = files.file_number
group by
    files.source_id,
    stays.time_zone
order by
    files.source_id asc,
    n_participants desc,
    stays.time_zone asc
