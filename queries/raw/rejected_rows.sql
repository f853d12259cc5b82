-- rejected_rows
--
-- Rows that were refused, with their text; it never leaves the loader's own file.
-- Grain: one row per refused record (`is_cell` false), and one per refused answer of a wide record.
create table if not exists rejected_rows (
    file_number integer not null,
    file_id varchar not null,
    source_id varchar not null,
    source_file varchar not null,
    source_row bigint not null,
    column_name varchar,
    rule varchar not null,
    expected varchar not null,
    raw_text varchar,
    is_cell boolean not null,
    participant_id varchar
)
