-- findings
--
-- What the last load found to stand out, as `rapport check` says it; never a participant's value.
-- Grain: one row per finding.
create table if not exists findings (
    position integer not null,
    severity varchar not null,
    code varchar not null,
    source_id varchar,
    subject varchar not null,
    message varchar not null,
    remedy varchar not null,
    n_found bigint,
    places varchar not null
)
