-- insert_event_properties
--
-- Keep a stretch of an event's table.
-- Grain: one row per event and table it stands in.
-- Reads: incoming_properties
insert into event_properties
select
    md5_number(event_id) as event_key,
    place,
    properties
from incoming_properties
