-- use_days
--
-- On which days participants used the app, with their arm.
-- Grain: one row per participant and local day of use.
-- Reads: events, roster
--
-- Param:  automatic  VARCHAR[]  names of events that happen without anybody using the app
-- Param:  one_in     BIGINT     look at one participant in so many
--
-- Column: participant_id  VARCHAR  the participant
-- Column: local_date      DATE     the day
-- Column: arm_id          VARCHAR  the arm; NULL where the roster names none
with

arms as (

    select
        participant_id,
        min(arm_id) as arm_id
    from roster
    where status = 'loaded'
    group by participant_id

),

used as (

    select distinct
        participant_id,
        local_date
    from events
    where
        status = 'loaded'
        and not list_contains($automatic, event_name)
        and hash(participant_id) % $one_in = 0

)

select
    used.participant_id,
    used.local_date,
    arms.arm_id
from used
left join arms
    on used.participant_id = arms.participant_id
order by
    used.participant_id,
    used.local_date
