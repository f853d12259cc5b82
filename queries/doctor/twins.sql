-- twins
--
-- Events that another file has too, a second apart at most, under another id: the same participant,
-- the same name. Two systems that logged one app look like this.
-- Grain: one row per pair of sources with such events.
-- Reads: events, files
--
-- Param:  one_in  BIGINT  look at one participant in so many
--
-- Column: source_id        VARCHAR  the source of the later one
-- Column: other_source_id  VARCHAR  the source of the earlier one
-- Column: n_events         BIGINT   events with such a twin
-- Column: n_participants   BIGINT   participants who have one
with

ordered as (

    select
        participant_id,
        event_name,
        occurred_at,
        file_number,
        lag(occurred_at) over (
            partition by participant_id, event_name
            order by occurred_at, dedupe_key
        ) as previous_at,
        lag(file_number) over (
            partition by participant_id, event_name
            order by occurred_at, dedupe_key
        ) as previous_number
    from events
    where
        status = 'loaded'
        and hash(participant_id) % $one_in = 0

)

select
    files.source_id,
    others.source_id as other_source_id,
    count(*) as n_events,
    count(distinct ordered.participant_id) as n_participants
from ordered
inner join files
    on ordered.file_number = files.file_number
inner join files as others
    on ordered.previous_number = others.file_number
where
    ordered.file_number <> ordered.previous_number
    and ordered.occurred_at <= ordered.previous_at + interval '1' second
group by
    files.source_id,
    others.source_id
order by
    n_events desc,
    files.source_id asc,
    others.source_id asc
