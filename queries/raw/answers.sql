-- answers
--
-- Answers that could be read, blank ones with a NULL value; `status` says which of them count.
-- Grain: one row per item of a record of a survey export, but for those refused (`rejected_rows`).
create table if not exists answers (
    file_number integer not null,
    source_row bigint not null,
    participant_id varchar not null,
    instrument_id varchar not null,
    item_id varchar not null,
    occasion_id varchar,
    answered_at timestamp not null,
    time_zone varchar not null,
    local_date date not null,
    value double,
    is_not_applicable boolean not null,
    dedupe_key varchar not null,
    status varchar not null,
    rule varchar
)
