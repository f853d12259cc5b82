-- insert_made_days
--
-- Add the days of time zones that an earlier load of the same process made.
-- Grain: one row per time zone and UTC day.
-- Reads: local_days, made_days
insert into local_days
select
    zone_name,
    utc_date,
    to_microseconds(shift_us) as shift,
    changes_at,
    to_microseconds(later_shift_us) as later_shift
from made_days
