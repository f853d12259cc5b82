-- changed_events
--
-- Empty place for events that counted before a load (`step` -1) and that count after it (1).
-- Grain: one row per event and step.
create or replace temp table changed_events (
    participant_id varchar,
    occurred_at timestamp,
    content ubigint,
    step integer
)
