-- stg_event_names
--
-- Names of events, by version of the app: few, so that patterns are compared with these and not with
-- every event.
-- Grain: one row per event_name and app_version.
-- Reads: stg_events
--
-- Column: name_number  INTEGER  stands for the two in this build
-- Column: event_name   VARCHAR  name in the export
-- Column: app_version  VARCHAR  version of the app; '' when not known
-- Column: n_events     BIGINT   events that count
with

names as (

    select
        event_name,
        app_version,
        count(*) as n_events
    from stg_events
    group by
        event_name,
        app_version

)

select
    cast(row_number() over (order by event_name, app_version) as integer) as name_number,
    event_name,
    app_version,
    n_events
from names
