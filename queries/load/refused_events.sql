-- refused_events
--
-- Events of a batch that break a rule.
-- Grain: one row per refused event.
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
--
-- Column: file_number     INTEGER  the file's number
-- Column: source_row      BIGINT   row of the file
-- Column: participant_id  VARCHAR  the participant, where there is one
-- Column: rule            VARCHAR  the first rule it breaks
-- Column: is_own_zone     BOOLEAN  whether the trouble is the row's own time zone
select
    file_number,
    source_row,
    participant_id,
    rule,
    is_zone_unknown and rule = 'bad_time' as is_own_zone
from judged_events(
    $time_format, $pattern, $origin, $zone, $home, $max_skew_s, $latest, $source_id, $is_json, $duplicate_of
)
where rule is not null
order by
    file_number,
    source_row
