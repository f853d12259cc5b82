-- insert_every_participant
--
-- Note that a load may have changed everybody's data, from the very first event on; also of those who
-- have none any more.
-- Grain: one row per participant.
-- Reads: events, answers, roster, participant_changes, loads
--
-- Param:  load_id  VARCHAR  the load's id
insert into participant_changes
with

people as (

    select participant_id
    from events
    union distinct
    select participant_id
    from answers
    union distinct
    select participant_id
    from roster
    union distinct
    select participant_id
    from participant_changes

)

select
    people.participant_id,
    loads.load_number,
    timestamp '1900-01-01' as events_from
from people
cross join loads
where loads.load_id = $load_id
