-- participant_changes
--
-- Whose data each load changed: events, answers or roster rows that came, went or changed status; and
-- the earliest time of an event that did, NULL where none did.
-- Grain: one row per participant and load.
create table if not exists participant_changes (
    participant_id varchar not null,
    load_number bigint not null,
    events_from timestamp
)
