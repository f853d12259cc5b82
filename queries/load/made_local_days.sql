-- made_local_days
--
-- Days of time zones as they were just made, for the next load of the same process.
-- Grain: one row per time zone and UTC day.
-- Reads: local_days
--
-- Param:  zone_names      VARCHAR[]  time zones; other texts among them are passed over
-- Column: zone_name       VARCHAR    time zone
-- Column: utc_date        DATE       day
-- Column: shift_us        BIGINT     microseconds to add to UTC when the day begins
-- Column: changes_at      TIMESTAMP  when that changes, in UTC; NULL on a day on which it does not
-- Column: later_shift_us  BIGINT     microseconds to add to UTC from then on
select
    zone_name,
    utc_date,
    epoch_us(shift) as shift_us,
    changes_at,
    epoch_us(later_shift) as later_shift_us
from local_days
where list_contains($zone_names, zone_name)
