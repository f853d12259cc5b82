-- lake_events
--
-- The events that count of one month, as a lake holds them: in types that Spark reads too. Those of a
-- participant lie together, in order of time.
-- Grain: one row per event that counts.
-- Reads: events
--
-- Param: month_from  TIMESTAMP  the month's first moment (UTC)
-- Param: month_to    TIMESTAMP  the first moment after it (UTC)
--
-- Column: event_id        VARCHAR    of source and the source's own id, or of what makes events the same
-- Column: participant_id  VARCHAR    participant
-- Column: event_name      VARCHAR    name in the export
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: time_zone       VARCHAR    the participant's time zone then
-- Column: local_date      DATE       date in that time zone
-- Column: quantity        DOUBLE     how often it happened; NULL where the export does not say
-- Column: app_version     VARCHAR    version of the app; NULL when not known
-- Column: properties      VARCHAR    JSON object; NULL when there is none
-- Column: file_number     INTEGER    the loader's number of the export file
-- Column: source_row      BIGINT     row in that file
select
    cast(dedupe_key as varchar) as event_id,
    participant_id,
    event_name,
    occurred_at,
    time_zone,
    local_date,
    quantity,
    app_version,
    properties,
    file_number,
    source_row
from events
where
    status = 'loaded'
    and occurred_at >= $month_from
    and occurred_at < $month_to
order by
    participant_id,
    occurred_at,
    file_number,
    source_row
