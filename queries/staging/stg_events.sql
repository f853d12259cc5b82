-- stg_events
--
-- Events that count: loaded, and not later than a data lock where the study file sets one; in a
-- masked edition, not later than use is shown, and not of a name that could tell the arm. It is
-- not kept as a table: whoever asks takes of each event only what it needs.
-- Grain: one row per event.
-- Reads: raw.events, dim_build, fct_use_limits, stg_events_hidden, dim_hidden_events
--
-- Column: event_key       BIGINT     unique: file and row; not the same after another load
-- Column: participant_id  VARCHAR    participant
-- Column: event_name      VARCHAR    name in the export
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
-- Column: quantity        DOUBLE     how often it happened; 1 unless the export counts
-- Column: app_version     VARCHAR    version of the app; '' when not known
-- Column: properties      VARCHAR    JSON object; '{}' when there is none
select
    -- A file has fewer than 2^40 rows.
    cast(events.file_number as bigint) * 1099511627776 + events.source_row as event_key,
    events.participant_id,
    events.event_name,
    events.occurred_at,
    events.local_date,
    coalesce(events.quantity, 1) as quantity,
    coalesce(events.app_version, '') as app_version,
    coalesce(events.properties, '{}') as properties
from raw.events as events
cross join dim_build
left join fct_use_limits as limits
    on events.participant_id = limits.participant_id
left join dim_hidden_events as hidden_names
    on
        events.event_name = hidden_names.event_name
        and hidden_names.property is null
left join stg_events_hidden as hidden
    on
        events.file_number = hidden.file_number
        and events.source_row = hidden.source_row
where
    events.status = 'loaded'
    and hidden_names.event_name is null
    and hidden.file_number is null
    and (limits.participant_id is null or events.local_date <= limits.last_shown_date)
    and (not dim_build.is_locked or events.local_date <= dim_build.as_of_date)
