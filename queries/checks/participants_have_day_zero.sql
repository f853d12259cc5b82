-- participants_have_day_zero
--
-- Participants without a day 0: their use and their scores count in no study week.
-- Grain: one row per such participant.
-- Reads: fct_participants
-- Severity: warn
--
-- Column: participant_id  VARCHAR  participant
select participant_id
from fct_participants
where day_zero is null
