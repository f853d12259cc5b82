-- int_versions_found
--
-- The first day of each version of the app, of participants whose events are counted anew, from there on.
-- Grain: one row per participant_id and app_version.
-- Reads: int_events_anew, stg_event_names, int_restarts
--
-- Column: participant_id  VARCHAR  participant
-- Column: app_version     VARCHAR  version of the app
-- Column: first_date      DATE     first local date with an event of it
select
    restarts.participant_id,
    names.app_version,
    min(events.local_date) as first_date
from int_events_anew as events
inner join stg_event_names as names
    on events.name_number = names.name_number
inner join int_restarts as restarts
    on events.participant_number = restarts.participant_number
where names.app_version <> ''
group by
    restarts.participant_id,
    names.app_version
