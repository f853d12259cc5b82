-- insert_flipped_keys
--
-- Keys of the events of participants who came to the roster or left it.
-- Grain: one row per event.
-- Reads: events, flipped, touched_keys
insert into touched_keys
select dedupe_key
from events
where participant_id in (select flipped.participant_id from flipped)
