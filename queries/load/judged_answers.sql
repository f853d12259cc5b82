-- judged_answers
--
-- Empty place for a survey file's answers while they are judged: some rules need the whole file.
-- Grain: one row per answer, blank ones too.
create or replace temp table judged_answers (
    source_row bigint,
    participant_id varchar,
    instrument_id varchar,
    item_id varchar,
    occasion_id varchar,
    answered_at timestamp,
    time_zone varchar,
    local_date date,
    answer varchar,
    value double,
    is_answered boolean,
    is_not_applicable boolean,
    low double,
    high double,
    column_name varchar,
    row_rule varchar,
    cell_rule varchar,
    expected varchar,
    is_own_zone boolean
)
