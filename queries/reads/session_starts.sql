-- session_starts
--
-- When each session of the participants in view began.
-- Grain: one row per participant_id and session_number.
-- Reads: fct_sessions, fct_participants
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: participant_id  VARCHAR    participant
-- Column: session_number  BIGINT     number of the session
-- Column: started_at      TIMESTAMP  when it began (UTC)
-- Column: local_date      DATE       date in the participant's time zone
select
    sessions.participant_id,
    sessions.session_number,
    sessions.started_at,
    sessions.local_date
from fct_sessions as sessions
inner join fct_participants as people
    on sessions.participant_id = people.participant_id
where
    (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    sessions.participant_id,
    sessions.session_number
