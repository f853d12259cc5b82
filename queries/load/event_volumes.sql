-- event_volumes
--
-- Events that count, by name.
-- Grain: one row per event name.
-- Reads: events
--
-- Column: event_name      VARCHAR  name of the event
-- Column: n_events        BIGINT   events that count
-- Column: n_participants  BIGINT   participants who have one
select
    event_name,
    count(*) as n_events,
    count(distinct participant_id) as n_participants
from events
where status = 'loaded'
group by event_name
order by
    n_events desc,
    event_name asc
