-- fct_sessions
--
-- Sessions of use. What the app did alone (events that only offer or deliver something, such as a
-- reminder or an unlocked session) is no use. A session is events without a silence longer than the
-- study's gap; a silence of exactly the gap does not end one. Of the time between two events, at
-- most the idle cap counts. A session belongs to the local day on which it began, also when it runs
-- past midnight. One event alone has no duration. Sessions that nothing new can have changed are those
-- of the build before. A masked edition may hide how long sessions took and how many events they had:
-- all that says it is NULL then.
-- Grain: one row per participant_id and session_number.
-- Reads: int_sessions_begun, kept.fct_sessions, int_restarts, int_participants_dated, dim_blinding
--
-- Column: participant_id      VARCHAR    participant
-- Column: session_number      BIGINT     1 for the participant's first
-- Column: started_at          TIMESTAMP  first event (UTC)
-- Column: ended_at            TIMESTAMP  last event (UTC)
-- Column: local_date          DATE       date of the first event in the participant's time zone
-- Column: study_day           INTEGER    days since day 0; negative before it; NULL without a day 0
-- Column: study_week          INTEGER    whole weeks since the start of week 0; negative before it
-- Column: n_events            BIGINT     events of use
-- Column: duration_s          DOUBLE     seconds of use, idle time capped; NULL for a single event
-- Column: is_single_event     BOOLEAN    one event only
-- Column: is_before_day_zero  BOOLEAN    began before day 0: counts in no week at risk
with

sessions as (

    select
        participant_id,
        session_number,
        started_at,
        ended_at,
        local_date,
        n_events,
        duration_s
    from int_sessions_begun
    union all
    select
        kept_sessions.participant_id,
        kept_sessions.session_number,
        kept_sessions.started_at,
        kept_sessions.ended_at,
        kept_sessions.local_date,
        kept_sessions.n_events,
        kept_sessions.duration_s
    from kept.fct_sessions as kept_sessions
    left join int_restarts as restarts
        on kept_sessions.participant_id = restarts.participant_id
    where
        restarts.participant_id is null
        or kept_sessions.session_number <= restarts.n_sessions_kept

),

dated as (

    select
        sessions.*,
        cast(date_diff('day', participants.day_zero, sessions.local_date) as integer) as study_day,
        cast(
            floor(date_diff('day', participants.week_zero_start, sessions.local_date) / 7.0) as integer
        ) as study_week
    from sessions
    left join int_participants_dated as participants
        on sessions.participant_id = participants.participant_id

)

select
    participant_id,
    session_number,
    started_at,
    case when not dim_blinding.hides_length then ended_at end as ended_at,
    local_date,
    study_day,
    study_week,
    case when not dim_blinding.hides_length then n_events end as n_events,
    case when not dim_blinding.hides_length then duration_s end as duration_s,
    case when not dim_blinding.hides_length then n_events = 1 end as is_single_event,
    coalesce(study_day < 0, false) as is_before_day_zero
from dated
cross join dim_blinding
