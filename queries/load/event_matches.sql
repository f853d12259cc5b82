-- event_matches
--
-- Whether an event of some names has the wanted properties.
-- Grain: one row.
-- Reads: events
--
-- Param:  names   VARCHAR[]  event names
-- Param:  paths   VARCHAR[]  JSON paths of the properties
-- Param:  values  VARCHAR[]  what must stand at each path
--
-- Column: n_events  BIGINT  events that have them all
select count(*) as n_events
from events
where
    status = 'loaded'
    and list_contains($names, event_name)
    and json_extract_string(coalesce(properties, '{}'), $paths) = $values
