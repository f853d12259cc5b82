-- insert_participant_changes
--
-- Note whose data a load changed. A row that only moved from one file to another changed nothing.
-- Grain: one row per participant.
-- Reads: changed_events, answers_before, answers_now, known_before, known_now, loads
--
-- Param:  load_id  VARCHAR  the load's id
insert into participant_changes
with

differing as (

    select
        participant_id,
        occurred_at
    from changed_events
    group by
        participant_id,
        occurred_at,
        content
    having sum(step) <> 0

),

changes as (

    select
        participant_id,
        min(occurred_at) as events_from
    from differing
    group by participant_id
    union all
    select
        coalesce(answers_before.participant_id, answers_now.participant_id) as participant_id,
        null as events_from
    from answers_before
    full outer join answers_now
        on answers_before.participant_id = answers_now.participant_id
    where answers_before.content is distinct from answers_now.content
    union all
    select
        coalesce(known_before.participant_id, known_now.participant_id) as participant_id,
        null as events_from
    from known_before
    full outer join known_now
        on known_before.participant_id = known_now.participant_id
    where known_before.content is distinct from known_now.content

)

select
    changes.participant_id,
    max(loads.load_number) as load_number,
    min(changes.events_from) as events_from
from changes
cross join loads
where loads.load_id = $load_id
group by changes.participant_id
