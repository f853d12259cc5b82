-- ids
--
-- Participants by where they are known.
-- Grain: one row per participant_id and source_id.
-- Reads: events, answers, roster, files
--
-- Column: source_id       VARCHAR  the source's id
-- Column: kind            VARCHAR  events, answers or roster
-- Column: participant_id  VARCHAR  as the source writes it
-- Column: n_rows          BIGINT   rows with it, those of strangers too
with

seen as (

    select
        file_number,
        'events' as kind,
        participant_id,
        count(*) as n_rows
    from events
    group by
        file_number,
        participant_id
    union all
    select
        file_number,
        'answers' as kind,
        participant_id,
        count(*) as n_rows
    from answers
    group by
        file_number,
        participant_id
    union all
    select
        file_number,
        'roster' as kind,
        participant_id,
        count(*) as n_rows
    from roster
    where status = 'loaded'
    group by
        file_number,
        participant_id

)

select
    files.source_id,
    seen.kind,
    seen.participant_id,
    cast(sum(seen.n_rows) as bigint) as n_rows
from seen
inner join files
    on seen.file_number = files.file_number
group by
    files.source_id,
    seen.kind,
    seen.participant_id
order by
    files.source_id,
    seen.participant_id
