-- utc_of
--
-- Function that reads a time stamp: text in, UTC without a zone out; NULL where it is not one.
-- A local time that the clocks skipped moves on by the hour; of one that came twice, the later counts.
-- A date without a time is the midnight of `home`. The plainest shapes come first: they need no calendar.
-- Grain: none, a function.
-- noqa: disable=LT02
create or replace temp macro utc_of(stamp, time_format, pattern, origin, zone, home) as
    case
        when time_format = 'iso' then case
            when regexp_full_match(stamp, '20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)')
                then try_cast(stamp as timestamp)
            when regexp_full_match(
                stamp,
                '\d{4}-\d{1,2}-\d{1,2}[Tt ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)? ?(?:[Zz]|UTC|[+-]\d{2}(?::?\d{2})?)'
            )
                then timezone('UTC', try_cast(regexp_replace(
                    replace(replace(upper(stamp), ',', '.'), 'UTC', 'Z'), ' ([Z+-])', '\1'
                ) as timestamptz))
            when regexp_full_match(stamp, '\d{4}-\d{1,2}-\d{1,2}')
                then timezone('UTC', timezone(home, try_cast(stamp as timestamp)))
            when regexp_full_match(stamp, '\d{4}-\d{1,2}-\d{1,2}[Tt ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?')
                then case
                    when zone = 'UTC' then try_cast(replace(upper(stamp), ',', '.') as timestamp)
                    else timezone('UTC', timezone(zone, try_cast(replace(upper(stamp), ',', '.') as timestamp)))
                end
        end
        when time_format in ('epoch_s', 'epoch_ms', 'epoch_us') then case
            when regexp_full_match(stamp, '[+-]?\d{1,20}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?')
                then make_timestamp(cast(greatest(least(round(
                    try_cast(stamp as double)
                    * case time_format when 'epoch_s' then 1e6 when 'epoch_ms' then 1e3 else 1 end
                ), 4e15), -4e15) as bigint))
        end
        when time_format = 'day_offset' then case
            when regexp_full_match(stamp, '[+-]?\d{1,6}(?:\.0*)?')
                then timezone('UTC', timezone(home, cast(
                    origin + try_cast(split_part(stamp, '.', 1) as integer) as timestamp
                )))
        end
        when contains(pattern, '%z') or contains(pattern, '%Z')
            then timezone('UTC', cast(try_strptime(stamp, pattern) as timestamptz))
        else timezone('UTC', timezone(zone, cast(try_strptime(stamp, pattern) as timestamp)))
    end
