-- The tables that a build starts from, as the contract between the parts states them.
create schema raw;
create schema kept;
create sequence row_numbers;
create table raw.events (
    file_number integer default 1, source_row bigint default nextval('row_numbers'),
    participant_id varchar,
    event_name varchar default 'open', occurred_at timestamp, received_at timestamp,
    time_zone varchar default 'UTC', local_date date, quantity double default 1, app_version varchar,
    properties varchar, dedupe_key hugeint, status varchar default 'loaded', rule varchar
);
create table raw.answers (
    file_number integer default 2, source_row bigint default nextval('row_numbers'),
    participant_id varchar, instrument_id varchar default 'i', item_id varchar, occasion_id varchar,
    answered_at timestamp, time_zone varchar default 'UTC', local_date date, value double,
    is_not_applicable boolean default false, dedupe_key varchar, status varchar default 'loaded',
    rule varchar
);
create table raw.roster (
    file_number integer default 3, source_row bigint default nextval('row_numbers'),
    participant_id varchar, enrolled_at timestamp, enrolled_date date, arm_id varchar,
    site_id varchar, withdrawn_at timestamp, withdrawn_date date, withdrawal_kind varchar,
    properties varchar, status varchar default 'loaded', rule varchar
);
create table raw.files (file_id varchar, file_number integer, source_id varchar, path varchar);
insert into raw.files values
('fe', 1, 'app', 'e.csv'), ('fa', 2, 'surveys', 'a.csv'), ('fr', 3, 'roster', 'r.csv');
create table raw.participant_changes (
    participant_id varchar, load_number bigint, events_from timestamp
);
create table raw.loads (
    load_id varchar, load_number bigint default 1, started_at timestamp, finished_at timestamp,
    study_hash varchar default 's', rapport_version varchar default '0'
);
create table raw.rejected_rows (
    file_number integer default 1, file_id varchar default 'f', source_id varchar default 'app',
    source_file varchar default 'e.csv', source_row bigint, column_name varchar, rule varchar, expected varchar, raw_text varchar,
    is_cell boolean default false, participant_id varchar
);
create table raw.findings (
    position integer, severity varchar, code varchar, source_id varchar, subject varchar,
    message varchar, remedy varchar, n_found bigint, places varchar
);
create table raw.receipts (
    load_id varchar default 'l', file_id varchar default 'f', source_id varchar default 'app',
    kind varchar default 'events', source_file varchar default 'e.csv',
    status varchar default 'loaded', rows_read bigint, rows_loaded bigint, rows_duplicate bigint,
    rows_rejected bigint, cells_refused bigint default 0, seconds double, loaded_at timestamp,
    message varchar
);
create table dim_study (
    study_id varchar, title varchar, time_zone varchar, day_zero varchar, week_rule varchar,
    planned_weeks integer, last_week integer, session_gap_s integer, idle_cap_s integer,
    nonusage_days integer, has_intended_use boolean, justification varchar, smallest_cell integer
);
create table dim_blinding (
    is_masked boolean, shown_arm_id varchar, use_weeks integer, hidden_words varchar,
    hides_length boolean
);
insert into dim_blinding values (false, null, null, null, false);
create table dim_hidden_events (event_name varchar, property varchar, property_value varchar);
create table dim_dealt_arms (participant_id varchar, arm_id varchar);
create table dim_build (
    build_id varchar, built_at timestamp, study_hash varchar, rapport_version varchar,
    as_of_at timestamp, as_of_date date, observed_until date, surveys_until date,
    is_locked boolean
);
create table dim_weeks (study_week integer);
create table dim_arms (
    arm_id varchar, label varchar, masked_label varchar, allocation double, position integer
);
create table dim_sites (site_id varchar, label varchar, position integer);
create table dim_principles (
    principle_id varchar, label varchar, category_id varchar, category_label varchar,
    position integer
);
create table dim_features (
    feature_id varchar, label varchar, principle_id varchar default 'praise',
    category_id varchar default 'dialogue', exposure_stage varchar default 'seen',
    is_always_on boolean default false, position integer
);
create table dim_feature_events (
    feature_id varchar, stage varchar, stage_rank integer, event_like varchar, property varchar,
    property_value varchar, valid_from varchar, valid_to varchar
);
create table dim_instruments (instrument_id varchar, label varchar, position integer);
create table dim_items (
    instrument_id varchar default 'i', item_id varchar, low double default 1,
    high double default 7, is_reversed boolean default false
);
create table dim_scales (
    instrument_id varchar default 'i', scale_id varchar, label varchar,
    aggregate varchar default 'mean', multiplier double default 1, shift double default 0,
    min_items integer, n_items integer, low double default 1, high double default 7,
    reliability double, sd double, position integer
);
create table dim_scale_items (instrument_id varchar default 'i', scale_id varchar, item_id varchar);
create table dim_scale_members (
    instrument_id varchar default 'i', scale_id varchar, member_scale_id varchar
);
create table dim_dimensions (
    dimension_id varchar, label varchar, position integer, is_total boolean default false
);
create table dim_dimension_scales (
    dimension_id varchar, instrument_id varchar default 'i', scale_id varchar,
    is_hypothesis boolean default false, position integer default 0
);
create table dim_hypotheses (principle_id varchar, dimension_id varchar);
create table dim_intended_use (arm_id varchar, study_week integer, due_sessions integer);
create table dim_ledger_events (
    step varchar, kind varchar default 'session', instrument_id varchar, event_like varchar
);
create table dim_surveys (
    survey_id varchar, label varchar, instrument_id varchar default 'i', study_week integer,
    due_day integer, window_before_days integer default 0, window_after_days integer default 6
);
create table dim_excused (site_id varchar, from_date date, to_date date, reason varchar);
create table dim_recruitment (site_id varchar, target integer, begun_date date, by_date date, closed_date date);
create table dim_adherence (
    definition_id varchar, label varchar, rule varchar, threshold double, minimum double default 1,
    justification varchar, position integer
);
create table dim_models (
    model_id varchar, outcome varchar, window_days integer, transform varchar,
    lag_days integer default 0
);
create table dim_covariates (covariate_id varchar, label varchar, kind varchar, position integer);
create table dim_variants (
    variant_id varchar, label varchar, feature_id varchar, property varchar, property_value varchar,
    is_randomised boolean default true, probability double, position integer default 0
);
insert into dim_study values (
    's', 'A study', 'UTC', 'enrolled', 'from_day_zero', 3, 5, 1800, 600, 7, true, 'Protocol.', 10
);
insert into dim_weeks values (0), (1), (2), (3), (4), (5);
insert into dim_models values ('alliance', 'alliance', 7, 'count', 0);
