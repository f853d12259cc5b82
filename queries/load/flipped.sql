-- flipped
--
-- Participants with events or answers who came to the roster or left it in this load. Where there is
-- no roster, everybody is known.
-- Grain: one row per participant.
-- Reads: known_before, known_now, events, answers
create or replace temp table flipped as
with

turned as (

    select coalesce(known_before.participant_id, known_now.participant_id) as participant_id
    from known_before
    full outer join known_now
        on known_before.participant_id = known_now.participant_id
    where
        known_before.participant_id is null
        or known_now.participant_id is null

),

active as (

    select distinct participant_id
    from events
    where (select count(*) from known_before) = 0 or (select count(*) from known_now) = 0
    union distinct
    select distinct participant_id
    from answers
    where (select count(*) from known_before) = 0 or (select count(*) from known_now) = 0

)

select participant_id
from turned
union distinct
select participant_id
from active
