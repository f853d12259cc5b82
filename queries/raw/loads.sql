-- loads
--
-- Runs of the loader; one without an end was interrupted.
-- Grain: one row per load.
create table if not exists loads (
    load_id varchar primary key,
    load_number bigint not null,
    started_at timestamp not null,
    finished_at timestamp,
    study_hash varchar not null,
    rapport_version varchar not null
)
