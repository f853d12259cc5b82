-- int_events_used
--
-- Events that are the participant's own doing, by their name or by their properties. It is not kept as
-- a table.
-- Grain: one row per event of use.
-- Reads: int_events_anew, int_names_used, int_events_matched
--
-- Column: participant_number  INTEGER    participant
-- Column: occurred_at         TIMESTAMP  when (UTC)
-- Column: local_date          DATE       date in the participant's time zone
with

verdicts as (

    select
        event_key,
        max(case when is_own then 1 else 0 end) = 1 as is_own
    from int_events_matched
    group by event_key

)

select
    events.participant_number,
    events.occurred_at,
    events.local_date
from int_events_anew as events
inner join int_names_used as names
    on events.name_number = names.name_number
where
    names.is_settled
    -- What fits nothing is unmapped, and the participant's own.
    and coalesce(names.is_own, true)
union all
select
    events.participant_number,
    events.occurred_at,
    events.local_date
from int_events_anew as events
inner join int_names_used as names
    on events.name_number = names.name_number
left join verdicts
    on events.event_key = verdicts.event_key
where
    not names.is_settled
    and coalesce(verdicts.is_own, names.is_own, true)
