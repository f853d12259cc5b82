-- nothing_resolved_roster
--
-- Empty place for rows of `roster` whose status changes.
-- Grain: one row per row.
create or replace temp table resolved_roster (
    row_id bigint,
    file_number integer,
    source_row bigint,
    old_status varchar,
    status varchar,
    rule varchar
)
