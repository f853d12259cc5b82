-- shown_names
--
-- Everybody in a build, as the pages name them.
-- Grain: one row per participant.
-- Reads: fct_participants
--
-- Column: participant_id VARCHAR what the raw tables call them
select participant_id
from fct_participants
order by participant_id
