-- insert_events
--
-- Keep the events of a batch that break no rule of their own.
-- Grain: one row per event.
-- noqa: disable=LT02
--
-- Param:  time_format   VARCHAR    iso, epoch_s, epoch_ms, epoch_us, day_offset or a strptime pattern
-- Param:  pattern       VARCHAR    the strptime pattern, or any where there is none
-- Param:  origin        DATE       day 0 of day offsets
-- Param:  zone          VARCHAR    time zone of stamps that name none
-- Param:  home          VARCHAR    time zone of participants who name none
-- Param:  max_skew_s    DOUBLE     how much later than received an event may be, seconds
-- Param:  latest        TIMESTAMP  times after this are out of range
-- Param:  source_id     VARCHAR    the source's id
-- Param:  is_json       BOOLEAN    whether properties are known to be JSON
-- Param:  duplicate_of  VARCHAR[]  fields that make two events without an id the same
insert into events
select
    file_number,
    source_row,
    participant_id,
    event_name,
    occurred_at,
    received_at,
    time_zone,
    local_date,
    quantity,
    app_version,
    properties,
    dedupe_key,
    'loaded' as status,
    null as rule
from judged_events(
    $time_format, $pattern, $origin, $zone, $home, $max_skew_s, $latest, $source_id, $is_json, $duplicate_of
)
where rule is null
