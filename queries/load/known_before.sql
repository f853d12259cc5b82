-- known_before
--
-- Participants of the roster as the load before left it.
-- Grain: one row per participant.
-- Reads: roster
create or replace temp table known_before as
select
    participant_id,
    min(hash(row(
        enrolled_at, enrolled_date, arm_id, site_id, withdrawn_at, withdrawn_date, withdrawal_kind, properties
    ))) as content
from roster
where status = 'loaded'
group by participant_id
