-- events
--
-- Telemetry events that could be read; `status` says which of them count. Events that are the same have
-- one `dedupe_key`: of source and id, or of source and the fields that make them the same.
-- The loader sees to it that none of the needed columns is NULL: declared `not null`, an insert takes
-- one core instead of all.
-- Grain: one row per record of an event export, but for those refused on their own (`rejected_rows`).
create table if not exists events (
    file_number integer,
    source_row bigint,
    participant_id varchar,
    event_name varchar,
    occurred_at timestamp,
    received_at timestamp,
    time_zone varchar,
    local_date date,
    quantity double,
    app_version varchar,
    properties varchar,
    dedupe_key hugeint,
    status varchar,
    rule varchar
)
