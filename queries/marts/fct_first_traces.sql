-- fct_first_traces
--
-- The first days on which a participant's events show anything. Days before anything new are those of
-- the build before.
-- Grain: one row per participant_id with an event.
-- Reads: int_traces_found, kept.fct_first_traces, int_restarts
--
-- Column: participant_id    VARCHAR  participant
-- Column: first_event_date  DATE     first local date with an event, be it the app's alone
-- Column: first_use_date    DATE     first local date with use; NULL without any
with

traces as (

    select
        participant_id,
        first_event_date,
        first_use_date
    from int_traces_found
    union all
    select
        kept_traces.participant_id,
        kept_traces.first_event_date,
        case
            when
                restarts.participant_id is null
                or kept_traces.first_use_date < restarts.restart_date
                then kept_traces.first_use_date
        end as first_use_date
    from kept.fct_first_traces as kept_traces
    left join int_restarts as restarts
        on kept_traces.participant_id = restarts.participant_id
    where
        restarts.participant_id is null
        or kept_traces.first_event_date < restarts.restart_date

)

select
    participant_id,
    min(first_event_date) as first_event_date,
    min(first_use_date) as first_use_date
from traces
group by participant_id
