-- participants_are_known
--
-- Participants with use or scores who are not among the participants.
-- Grain: one row per such participant.
-- Reads: fct_sessions, fct_scores, fct_exposures, fct_participants
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
with

seen as (

    select participant_id from fct_sessions
    union
    select participant_id from fct_scores
    union
    select participant_id from fct_exposures

)

select seen.participant_id
from seen
left join fct_participants as participants
    on seen.participant_id = participants.participant_id
where participants.participant_id is null
