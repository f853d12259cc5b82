-- renamed
--
-- Names in the raw tables that the id maps give otherwise now: of ids that were added to a map (they
-- stood for themselves before), changed, or taken out of one.
-- Grain: one row per source and name.
-- Reads: current_map, id_map
create or replace temp table renamed as
select
    coalesce(current_map.source_id, id_map.source_id) as source_id,
    coalesce(id_map.participant_id, current_map.own_name) as participant_id
from current_map
full join id_map
    on
        current_map.source_id = id_map.source_id
        and current_map.given_hash = id_map.given_hash
where
    current_map.participant_id is distinct from id_map.participant_id
    and current_map.participant_id is distinct from coalesce(id_map.participant_id, current_map.own_name)
