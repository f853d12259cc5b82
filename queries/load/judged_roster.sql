-- judged_roster
--
-- Roster rows of a batch with their types, and the first rule each breaks.
-- Grain: one row per row of `incoming`.
-- Reads: incoming, known_arms, known_sites
--
-- Param:  time_format  VARCHAR    iso, epoch_s, epoch_ms, epoch_us, day_offset or a strptime pattern
-- Param:  pattern      VARCHAR    the strptime pattern, or any where there is none
-- Param:  origin       DATE       day 0 of day offsets
-- Param:  zone         VARCHAR    time zone of stamps that name none
-- Param:  home         VARCHAR    time zone of participants who name none
-- Param:  latest       TIMESTAMP  times after this are out of range
create or replace temp table judged_roster as
with

typed as (

    select
        incoming.*,
        known_arms.id as arm_id,
        known_sites.id as site_id,
        utc_of(incoming.enrolled, $time_format, $pattern, $origin, $zone, $home) as enrolled_at,
        utc_of(incoming.withdrawn, $time_format, $pattern, $origin, $zone, $home) as withdrawn_at
    from incoming
    left join known_arms
        on lower(incoming.arm) = known_arms.spelling
    left join known_sites
        on lower(incoming.site) = known_sites.spelling

)

select
    source_row,
    participant_id,
    enrolled_at,
    local_date_of(enrolled_at, $home) as enrolled_date,
    case when exists (select 1 from known_arms) then arm_id else arm end as arm_id,
    case when exists (select 1 from known_sites) then site_id else site end as site_id,
    withdrawn_at,
    local_date_of(withdrawn_at, $home) as withdrawn_date,
    lower(withdrawal_kind) as withdrawal_kind,
    properties,
    case
        when is_erased then 'erased_participant'
        when participant_id is null then 'missing_participant'
        when enrolled is not null and enrolled_at is null then 'bad_time'
        when withdrawn is not null and withdrawn_at is null then 'bad_time'
        when least(enrolled_at, withdrawn_at) < timestamp '2000-01-01' then 'bad_time'
        when greatest(enrolled_at, withdrawn_at) > $latest then 'bad_time'
        when arm is not null and arm_id is null and exists (select 1 from known_arms) then 'unknown_arm'
        when site is not null and site_id is null and exists (select 1 from known_sites) then 'unknown_site'
    end as rule,
    (enrolled is not null and enrolled_at is null) or enrolled_at < timestamp '2000-01-01' or enrolled_at > $latest
        as is_enrolled_bad
from typed
