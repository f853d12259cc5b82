-- events
--
-- Telemetry events that could be read; `status` says which of them count.
-- Grain: one row per record of an event export, but for those refused on their own (`rejected_rows`).
create table if not exists events (
    file_id varchar not null,
    source_id varchar not null,
    source_file varchar not null,
    source_row bigint not null,
    event_id varchar,
    participant_id varchar not null,
    event_name varchar not null,
    occurred_at timestamp not null,
    received_at timestamp,
    time_zone varchar not null,
    local_date date not null,
    quantity double not null,
    app_version varchar,
    properties varchar,
    dedupe_key varchar not null,
    status varchar not null,
    rule varchar
)
