-- judged_events
--
-- Events of a batch with their types, and the first rule each breaks.
-- Grain: one row per row of `incoming`.
-- Reads: incoming, zones
--
-- Param:  time_format   VARCHAR    iso, epoch_s, epoch_ms, epoch_us, day_offset or a strptime pattern
-- Param:  pattern       VARCHAR    the strptime pattern, or any where there is none
-- Param:  origin        DATE       day 0 of day offsets
-- Param:  zone          VARCHAR    time zone of the source
-- Param:  max_skew_s    DOUBLE     how much later than received an event may be, seconds
-- Param:  latest        TIMESTAMP  times after this are out of range
-- Param:  duplicate_of  VARCHAR[]  fields that make two events without an id the same
create or replace temp table judged_events as
with

zoned as (

    select
        incoming.*,
        coalesce(zones.zone_name, $zone) as time_zone,
        incoming.own_zone is not null and zones.zone_name is null as is_zone_unknown
    from incoming
    left join zones
        on incoming.own_zone = zones.zone_name

),

typed as (

    select
        source_row,
        participant_id,
        event_name,
        event_id,
        time_zone,
        is_zone_unknown,
        app_version,
        utc_of(stamp, $time_format, $pattern, $origin, time_zone) as occurred_at,
        coalesce(
            utc_of(received, $time_format, $pattern, $origin, $zone),
            utc_of(received, 'iso', $pattern, $origin, $zone)
        ) as received_at,
        case when quantity is null then 1 else number_of(quantity) end as quantity,
        case
            when properties is null or json_valid(properties) then properties
            else cast(json_object('text', properties) as varchar)
        end as properties
    from zoned

)

select
    source_row,
    participant_id,
    event_name,
    event_id,
    time_zone,
    app_version,
    occurred_at,
    received_at,
    quantity,
    properties,
    local_date_of(occurred_at, time_zone) as local_date,
    case
        when event_id is not null then concat('id:', event_id)
        else concat('of:', md5(concat_ws(
            chr(31),
            case when list_contains($duplicate_of, 'participant') then coalesce(participant_id, '') end,
            case when list_contains($duplicate_of, 'name') then coalesce(event_name, '') end,
            case when list_contains($duplicate_of, 'time') then coalesce(cast(occurred_at as varchar), '') end,
            case when list_contains($duplicate_of, 'received') then coalesce(cast(received_at as varchar), '') end,
            case when list_contains($duplicate_of, 'quantity') then coalesce(cast(quantity as varchar), '') end,
            case when list_contains($duplicate_of, 'app_version') then coalesce(app_version, '') end,
            case when list_contains($duplicate_of, 'properties') then coalesce(properties, '') end
        )))
    end as dedupe_key,
    is_zone_unknown,
    case
        when participant_id is null then 'missing_participant'
        when event_name is null then 'missing_event_name'
        when is_zone_unknown or occurred_at is null then 'bad_time'
        when occurred_at < timestamp '2000-01-01' or occurred_at > $latest then 'time_out_of_range'
        when occurred_at > received_at + to_microseconds(cast($max_skew_s * 1e6 as bigint)) then 'clock_skew'
        when quantity is null or quantity < 0 then 'bad_quantity'
    end as rule
from typed
