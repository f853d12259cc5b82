-- own_ids
--
-- Ids of participants in a lake that other software writes, as it writes them.
-- Grain: one row per id.
-- Reads: own_events
--
-- Column: participant_id  VARCHAR  id
select distinct participant_id
from own_events
where participant_id is not null
