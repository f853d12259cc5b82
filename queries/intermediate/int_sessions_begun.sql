-- int_sessions_begun
--
-- Sessions of participants whose events are counted anew, from there on. Only the events at the edges
-- of sessions, and those after a pause that is longer than counts, are followed further: all others
-- are counted by their place.
-- Grain: one row per participant_id and session_number.
-- Reads: int_events_used, int_restarts, dim_study
--
-- Column: participant_id  VARCHAR    participant
-- Column: session_number  BIGINT     1 for the participant's first
-- Column: started_at      TIMESTAMP  first event (UTC)
-- Column: ended_at        TIMESTAMP  last event (UTC)
-- Column: local_date      DATE       date of the first event in the participant's time zone
-- Column: n_events        BIGINT     events of use
-- Column: duration_s      DOUBLE     seconds of use, idle time capped; NULL for a single event
with

limits as (

    select
        session_gap_s * interval '1' second as session_gap,
        idle_cap_s * interval '1' second as idle_cap,
        cast(idle_cap_s as bigint) * 1000000 as idle_cap_us
    from dim_study

),

-- Events of one time and date are alike here: their order changes nothing.
followed as (

    select
        used.participant_number,
        used.occurred_at,
        used.local_date,
        row_number() over (
            partition by used.participant_number order by used.occurred_at, used.local_date
        ) as place,
        lag(used.occurred_at) over (
            partition by used.participant_number order by used.occurred_at, used.local_date
        ) as previous_at,
        lead(used.occurred_at) over (
            partition by used.participant_number order by used.occurred_at, used.local_date
        ) as next_at
    from int_events_used as used
    inner join int_restarts as restarts
        on
            used.participant_number = restarts.participant_number
            and restarts.restart_at <= used.occurred_at

),

edges as (

    select
        followed.participant_number,
        followed.occurred_at,
        followed.local_date,
        followed.place,
        followed.previous_at,
        followed.next_at,
        case
            when followed.occurred_at <= followed.previous_at + limits.session_gap then 0
            else 1
        end as is_first,
        greatest(
            date_diff('microsecond', followed.previous_at, followed.occurred_at) - limits.idle_cap_us, 0
        ) as idle_us
    from followed
    cross join limits
    where
        followed.previous_at is null
        or followed.next_at is null
        or followed.occurred_at > followed.previous_at + limits.session_gap
        or followed.occurred_at > followed.previous_at + limits.idle_cap
        or followed.next_at > followed.occurred_at + limits.session_gap

),

-- Each first event asks where the next one stands: quicker by far than to number the sessions of all
-- events and to group these.
begun as (

    select
        participant_number,
        occurred_at as started_at,
        local_date,
        place as first_place,
        row_number() over (partition by participant_number order by place) as session_number,
        lead(place) over (partition by participant_number order by place) as next_place,
        lead(previous_at) over (partition by participant_number order by place) as ended_at
    from edges
    where is_first = 1

),

last_events as (

    select
        participant_number,
        occurred_at,
        place
    from edges
    where next_at is null

),

placed as (

    select
        participant_number,
        is_first,
        idle_us,
        last_value(case when is_first = 1 then place end ignore nulls) over (
            partition by participant_number
            order by place
            rows between unbounded preceding and current row
        ) as first_place
    from edges

),

idle as (

    select
        participant_number,
        first_place,
        cast(sum(idle_us) as bigint) as idle_us
    from placed
    where
        is_first = 0
        and idle_us > 0
    group by
        participant_number,
        first_place

),

sessions as (

    select
        begun.participant_number,
        begun.session_number,
        begun.started_at,
        coalesce(begun.ended_at, last_events.occurred_at) as ended_at,
        begun.local_date,
        coalesce(begun.next_place, last_events.place + 1) - begun.first_place as n_events,
        coalesce(idle.idle_us, 0) as idle_us
    from begun
    inner join last_events
        on begun.participant_number = last_events.participant_number
    left join idle
        on
            begun.participant_number = idle.participant_number
            and begun.first_place = idle.first_place

)

select
    restarts.participant_id,
    cast(restarts.n_sessions_kept + sessions.session_number as bigint) as session_number,
    sessions.started_at,
    sessions.ended_at,
    sessions.local_date,
    sessions.n_events,
    case
        when sessions.n_events > 1
            then (
                date_diff('microsecond', sessions.started_at, sessions.ended_at) - sessions.idle_us
            ) / 1e6
    end as duration_s
from sessions
inner join int_restarts as restarts
    on sessions.participant_number = restarts.participant_number
