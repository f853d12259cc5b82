-- id_map
--
-- What the id maps said at the last load, without the ids themselves: to tell what they changed.
-- Grain: one row per source and id.
create table if not exists id_map (
    source_id varchar not null,
    given_hash varchar not null,
    participant_id varchar not null
)
