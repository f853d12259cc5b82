-- nothing_resolved_events
--
-- Empty place for rows of `events` whose status changes.
-- Grain: one row per row.
create or replace temp table resolved_events (
    row_id bigint,
    file_number integer,
    source_row bigint,
    old_status varchar,
    status varchar,
    rule varchar
)
