-- int_events_used
--
-- Events that are the participant's own doing. What the app did alone (a reminder scheduled or
-- delivered, a session unlocked) is no use: counted as use, it would break every silence that it
-- answers. An event is the app's own when it fits only stages 'offered' or 'delivered' of features
-- that are not always on, or only the step 'delivered' of the ledger.
-- Grain: one row per event_key.
-- Reads: stg_events, int_events_matched, dim_ledger_events
--
-- Column: event_key       VARCHAR    event
-- Column: participant_id  VARCHAR    participant
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
with

names as (

    select distinct event_name
    from stg_events

),

steps as (

    select
        names.event_name,
        max(case when dim_ledger_events.step = 'delivered' then 0 else 1 end) as is_own
    from names
    inner join dim_ledger_events
        on names.event_name like dim_ledger_events.event_like escape '\'
    group by names.event_name

),

stages as (

    select
        event_key,
        max(
            case when is_always_on or stage not in ('offered', 'delivered') then 1 else 0 end
        ) as is_own
    from int_events_matched
    group by event_key

)

select
    stg_events.event_key,
    stg_events.participant_id,
    stg_events.occurred_at,
    stg_events.local_date
from stg_events
left join stages
    on stg_events.event_key = stages.event_key
left join steps
    on stg_events.event_name = steps.event_name
-- What fits nothing is unmapped, and the participant's own.
where coalesce(greatest(stages.is_own, steps.is_own), 1) = 1
