-- insert_id_map
--
-- Note what the id maps say.
-- Grain: one row per source and id.
-- Reads: current_map
insert into id_map
select
    source_id,
    given_hash,
    participant_id
from current_map
