-- future_events
--
-- Events that claim to be later than the load.
-- Grain: one row per source that has such events.
-- Reads: events, files
--
-- Param:  now_at  TIMESTAMP  when the files were read (UTC)
--
-- Column: source_id       VARCHAR  the source's id
-- Column: n_events        BIGINT   events later than that
-- Column: n_participants  BIGINT   participants who have one
select
    files.source_id,
    count(*) as n_events,
    count(distinct events.participant_id) as n_participants
from events
inner join files
    on events.file_number = files.file_number
where
    events.status = 'loaded'
    and events.occurred_at > $now_at
group by files.source_id
order by files.source_id
