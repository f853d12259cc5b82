-- insert_local_days
--
-- Add the days of time zones that are not there yet. Clocks change on a full minute, and no more than
-- once in a UTC day (a test asks every zone), so a day has one shift, or two.
-- Grain: one row per time zone and UTC day from 2000 on.
-- Reads: local_days, zones
--
-- Param:  zone_names  VARCHAR[]  time zones; other texts among them are passed over
-- Param:  latest      TIMESTAMP  no day after this is asked for
insert into local_days
with

wanted as (

    select zones.zone_name
    from zones
    where
        list_contains($zone_names, zones.zone_name)
        and zones.zone_name not in (select local_days.zone_name from local_days)

),

days as (

    select
        zone_name,
        unnest(range(timestamp '2000-01-01', $latest + interval 2 day, interval 1 day)) as day_start
    from wanted

),

begun as (

    select
        zone_name,
        day_start,
        timezone(zone_name, timezone('UTC', day_start)) - day_start as shift
    from days

),

shifted as (

    select
        *,
        lead(shift, 1, shift) over (partition by zone_name order by day_start) as later_shift
    from begun

),

hours as (

    select
        zone_name,
        day_start,
        shift,
        unnest(range(day_start + interval 1 hour, day_start + interval 25 hour, interval 1 hour)) as hour_end
    from shifted
    where shift <> later_shift

),

first_hours as (

    select
        zone_name,
        day_start,
        shift,
        min(hour_end) - interval 1 hour as hour_start
    from hours
    where timezone(zone_name, timezone('UTC', hour_end)) - hour_end <> shift
    group by
        zone_name,
        day_start,
        shift

),

minutes as (

    select
        zone_name,
        day_start,
        shift,
        unnest(range(hour_start, hour_start + interval 61 minute, interval 1 minute)) as minute_start
    from first_hours

),

changes as (

    select
        zone_name,
        day_start,
        min(minute_start) as changes_at
    from minutes
    where timezone(zone_name, timezone('UTC', minute_start)) - minute_start <> shift
    group by
        zone_name,
        day_start

)

select
    shifted.zone_name,
    cast(shifted.day_start as date) as utc_date,
    shifted.shift,
    changes.changes_at,
    shifted.later_shift
from shifted
left join changes
    on
        shifted.zone_name = changes.zone_name
        and shifted.day_start = changes.day_start
