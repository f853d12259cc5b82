-- roster
--
-- Participants as the roster exports name them; `status` says which rows count.
-- Grain: one row per record of a roster export, but for those refused (`rejected_rows`).
create table if not exists roster (
    file_number integer not null,
    source_row bigint not null,
    participant_id varchar not null,
    enrolled_at timestamp,
    enrolled_date date,
    arm_id varchar,
    site_id varchar,
    withdrawn_at timestamp,
    withdrawn_date date,
    withdrawal_kind varchar,
    properties varchar,
    status varchar not null,
    rule varchar
)
