-- participant_sessions
--
-- One participant's sessions of use.
-- Grain: one row per session.
-- Reads: fct_participants, fct_sessions
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  first_week    INTEGER    first study week to return
-- Param:  last_week     INTEGER    last study week to return
-- Param:  participant   VARCHAR    the one participant to return
--
-- Column: session_number   BIGINT     number of the session, from 1
-- Column: started_at       TIMESTAMP  first event (UTC)
-- Column: local_date       DATE       local date of the first event
-- Column: study_day        INTEGER    whole days since day 0
-- Column: study_week       INTEGER    whole weeks since day 0
-- Column: n_events         BIGINT     events in the session
-- Column: duration_s       DOUBLE     seconds, idle time capped; NULL for a single event
-- Column: is_single_event  BOOLEAN    the session has one event, so no length
with

visible as (

    select participant_id
    from fct_participants
    where
        participant_id = $participant
        and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

)

select
    fct_sessions.session_number,
    fct_sessions.started_at,
    fct_sessions.local_date,
    fct_sessions.study_day,
    fct_sessions.study_week,
    fct_sessions.n_events,
    fct_sessions.duration_s,
    fct_sessions.is_single_event
from fct_sessions
inner join visible
    on fct_sessions.participant_id = visible.participant_id
where fct_sessions.study_week between $first_week and $last_week
order by fct_sessions.session_number
