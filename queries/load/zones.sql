-- zones
--
-- Names of the time zones that can be converted; asked once, because the catalogue is slow.
-- Grain: one row per time zone.
create or replace temp table zones as
select distinct name as zone_name
from pg_timezone_names()
