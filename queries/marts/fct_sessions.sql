-- fct_sessions
--
-- Sessions of use. What the app did alone (events that only offer or deliver something, such as a
-- reminder or an unlocked session) is no use. A session is events without a silence longer than the
-- study's gap; a silence of exactly the gap does not end one. Of the time between two events, at
-- most the idle cap counts. A session belongs to the local day on which it began, also when it runs
-- past midnight. One event alone has no duration.
-- Grain: one row per participant_id and session_number.
-- Reads: int_events_used, int_participants_dated, dim_study
--
-- Column: session_id          VARCHAR    participant and number
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

limits as (

    select
        session_gap_s * interval '1' second as session_gap,
        cast(idle_cap_s as double) as idle_cap_s
    from dim_study

),

followed as (

    select
        event_key,
        participant_id,
        occurred_at,
        local_date,
        lag(occurred_at) over (
            partition by participant_id order by occurred_at, event_key
        ) as previous_at
    from int_events_used

),

marked as (

    select
        followed.*,
        limits.idle_cap_s,
        case
            when followed.occurred_at <= followed.previous_at + limits.session_gap then 0
            else 1
        end as is_first
    from followed
    cross join limits

),

numbered as (

    select
        marked.*,
        sum(is_first) over (
            partition by participant_id
            order by occurred_at, event_key
            rows between unbounded preceding and current row
        ) as session_number
    from marked

),

sessions as (

    select
        participant_id,
        cast(session_number as bigint) as session_number,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(case when is_first = 1 then local_date end) as local_date,
        count(*) as n_events,
        sum(
            case
                when is_first = 0
                    then least(date_diff('microsecond', previous_at, occurred_at) / 1e6, idle_cap_s)
            end
        ) as duration_s
    from numbered
    group by
        participant_id,
        session_number

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
    concat(participant_id, '#', cast(session_number as varchar)) as session_id,
    participant_id,
    session_number,
    started_at,
    ended_at,
    local_date,
    study_day,
    study_week,
    n_events,
    cast(duration_s as double) as duration_s,
    n_events = 1 as is_single_event,
    coalesce(study_day < 0, false) as is_before_day_zero
from dated
