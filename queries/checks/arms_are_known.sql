-- arms_are_known
--
-- Participants without an arm in a study that has arms: nothing is due for them.
-- Grain: one row per such participant.
-- Reads: fct_participants, dim_arms
-- Severity: warn
--
-- Column: participant_id  VARCHAR  participant
with

arms as (

    select count(*) as n_arms
    from dim_arms

)

select participants.participant_id
from fct_participants as participants
cross join arms
where
    participants.arm_id is null
    and arms.n_arms > 0
