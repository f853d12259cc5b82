-- strangers_among
--
-- Participants with events who are not in the roster; none where there is no roster.
-- Grain: one row per participant.
-- Reads: events, known_now
create or replace temp table strangers_among as
select distinct events.participant_id
from events
where
    exists (select 1 from known_now)
    and events.participant_id not in (select known_now.participant_id from known_now)
