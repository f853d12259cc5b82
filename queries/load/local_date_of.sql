-- local_date_of
--
-- Function: the date that a UTC time has in a time zone.
-- Grain: none, a function.
-- noqa: disable=LT02
create or replace temp macro local_date_of(utc, zone) as
    cast(timezone(zone, timezone('UTC', utc)) as date)
