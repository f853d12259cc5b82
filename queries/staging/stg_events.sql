-- stg_events
--
-- Events that count: loaded, and not later than a data lock where the study file sets one.
-- Grain: one row per event.
-- Reads: raw.events, dim_build
--
-- Column: event_key       VARCHAR    unique and stable: source, file and row; breaks ties of time
-- Column: participant_id  VARCHAR    participant
-- Column: event_name      VARCHAR    name in the export
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
-- Column: quantity        DOUBLE     how often it happened; 1 unless the export counts
-- Column: app_version     VARCHAR    version of the app; '' when not known
-- Column: properties      VARCHAR    JSON object; '{}' when there is none
select
    concat(
        events.source_id, ':', events.source_file, ':',
        lpad(cast(events.source_row as varchar), 12, '0')
    ) as event_key,
    events.participant_id,
    events.event_name,
    events.occurred_at,
    events.local_date,
    coalesce(events.quantity, 1) as quantity,
    coalesce(events.app_version, '') as app_version,
    coalesce(events.properties, '{}') as properties
from raw.events as events
cross join dim_build
where
    events.status = 'loaded'
    and (not dim_build.is_locked or events.local_date <= dim_build.as_of_date)
