-- properties_of_events
--
-- Properties of some events; of an event that stands in several tables or dumps, those of the first.
-- Grain: one row per wanted event that has some.
-- Reads: wanted_events, event_properties
--
-- Column: position    BIGINT   place of the wanted event, from 0
-- Column: properties  VARCHAR  its properties, a JSON object
select
    wanted_events.position,
    arg_min(event_properties.properties, event_properties.place) as properties
from wanted_events
inner join event_properties
    on md5_number(wanted_events.event_id) = event_properties.event_key
group by wanted_events.position
order by wanted_events.position
