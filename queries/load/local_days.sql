-- local_days
--
-- Empty place for the days of time zones: what to add to UTC for the local time, and when that changes.
-- Grain: one row per time zone and UTC day.
create or replace temp table local_days (
    zone_name varchar,
    utc_date date,
    shift interval,
    changes_at timestamp,
    later_shift interval
)
