-- nothing_resolved_answers
--
-- Empty place for rows of `answers` whose status changes.
-- Grain: one row per row.
create or replace temp table resolved_answers (
    row_id bigint,
    file_number integer,
    source_row bigint,
    old_status varchar,
    status varchar,
    rule varchar
)
