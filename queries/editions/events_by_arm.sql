-- events_by_arm
--
-- How many participants of each arm have an event of a name, among those that a masked edition would
-- show: up to the day until which use is shown.
-- Grain: one row per event_name and arm_id with any.
-- Reads: raw.events, raw.roster, fct_use_limits
--
-- Column: event_name      VARCHAR  name in the export
-- Column: arm_id          VARCHAR  arm
-- Column: n_participants  BIGINT   participants with such an event
with

pairs as (

    select distinct
        events.event_name,
        events.participant_id
    from raw.events as events
    left join fct_use_limits as limits
        on events.participant_id = limits.participant_id
    where
        events.status = 'loaded'
        and (limits.participant_id is null or events.local_date <= limits.last_shown_date)

)

select
    pairs.event_name,
    roster_rows.arm_id,
    count(*) as n_participants
from pairs
inner join raw.roster as roster_rows
    on pairs.participant_id = roster_rows.participant_id
where
    roster_rows.status = 'loaded'
    and roster_rows.arm_id is not null
group by
    pairs.event_name,
    roster_rows.arm_id
order by
    pairs.event_name,
    roster_rows.arm_id
