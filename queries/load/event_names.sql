-- event_names
--
-- Names of the events that count.
-- Grain: one row per event name.
-- Reads: events
--
-- Column: event_name  VARCHAR  name of the event
select distinct event_name
from events
where status = 'loaded'
order by event_name
