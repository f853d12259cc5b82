-- event_matches
--
-- Whether an event of some names has the wanted properties. A dot reaches into a nested object, or
-- stands in the name of a flat property: as in `int_events_matched`.
-- Grain: one row.
-- Reads: events
--
-- Param:  names   VARCHAR[]  event names
-- Param:  keys    VARCHAR[]  the properties
-- Param:  values  VARCHAR[]  what each of them must be
--
-- Column: n_events  BIGINT  events that have them all
with

wanted as (

    select
        unnest($keys) as property,
        unnest($values) as property_value

),

held as (

    select events.rowid as row_id
    from events
    cross join wanted
    where
        events.status = 'loaded'
        and list_contains($names, events.event_name)
        and coalesce(
            json_extract_string(events.properties, '$.' || wanted.property),
            json_extract_string(events.properties, '$."' || wanted.property || '"')
        ) = wanted.property_value
    group by events.rowid
    having count(*) = len($keys)

)

select count(*) as n_events
from held
