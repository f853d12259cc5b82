-- judged_events
--
-- Function that judges the events of a batch: their types, and the first rule each breaks.
--   given_time_format   iso, epoch_s, epoch_ms, epoch_us, day_offset or a strptime pattern
--   given_pattern       the strptime pattern, or any where there is none
--   given_origin        day 0 of day offsets
--   given_zone          time zone of stamps that name none
--   given_home          time zone of participants who name none
--   given_max_skew_s    how much later than received an event may be, seconds
--   given_latest        times after this are out of range
--   given_source_id     the source's id
--   given_is_json       whether properties are known to be JSON
--   given_duplicate_of  fields that make two events without an id the same
-- Grain: none, a function; it gives one row per row of `incoming`.
-- Reads: incoming, zones, local_days
-- noqa: disable=LT02
create or replace temp macro judged_events(
    given_time_format,
    given_pattern,
    given_origin,
    given_zone,
    given_home,
    given_max_skew_s,
    given_latest,
    given_source_id,
    given_is_json,
    given_duplicate_of
) as table
with

zoned as (

    select
        incoming.*,
        coalesce(zones.zone_name, given_home) as time_zone,
        coalesce(zones.zone_name, given_zone) as stamp_zone,
        incoming.own_zone is not null and zones.zone_name is null as is_zone_unknown
    from incoming
    left join zones
        on incoming.own_zone = zones.zone_name

),

typed as (

    select
        file_number,
        source_row,
        participant_id,
        is_erased,
        event_name,
        event_id,
        time_zone,
        is_zone_unknown,
        app_version,
        utc_of(stamp, given_time_format, given_pattern, given_origin, stamp_zone, time_zone) as occurred_at,
        case
            when received is not null then coalesce(
                utc_of(received, given_time_format, given_pattern, given_origin, given_zone, given_home),
                utc_of(received, 'iso', given_pattern, given_origin, given_zone, given_home)
            )
        end as received_at,
        case when quantity is null then 1 else number_of(quantity) end as quantity,
        case
            when given_is_json or properties is null or json_valid(properties) then properties
            else cast(json_object('text', properties) as varchar)
        end as properties
    from zoned

)

select
    typed.file_number,
    typed.source_row,
    typed.participant_id,
    typed.event_name,
    typed.time_zone,
    typed.app_version,
    typed.occurred_at,
    typed.received_at,
    typed.quantity,
    typed.properties,
    cast(
        typed.occurred_at + case
            when typed.occurred_at >= local_days.changes_at then local_days.later_shift
            else local_days.shift
        end as date
    ) as local_date,
    cast(md5_number(case
        when typed.event_id is not null then concat(given_source_id, chr(31), 'id', chr(31), typed.event_id)
        else concat_ws(
            chr(31),
            given_source_id,
            'of',
            case when list_contains(given_duplicate_of, 'participant') then coalesce(typed.participant_id, '') end,
            case when list_contains(given_duplicate_of, 'name') then coalesce(typed.event_name, '') end,
            case when list_contains(given_duplicate_of, 'time') then coalesce(cast(typed.occurred_at as varchar), '') end,
            case
                when list_contains(given_duplicate_of, 'received') then coalesce(cast(typed.received_at as varchar), '')
            end,
            case when list_contains(given_duplicate_of, 'quantity') then coalesce(cast(typed.quantity as varchar), '') end,
            case when list_contains(given_duplicate_of, 'app_version') then coalesce(typed.app_version, '') end,
            case when list_contains(given_duplicate_of, 'properties') then coalesce(typed.properties, '') end
        )
    end) >> 1 as hugeint) as dedupe_key,
    typed.is_zone_unknown,
    case
        when typed.is_erased then 'erased_participant'
        when typed.participant_id is null then 'missing_participant'
        when typed.event_name is null then 'missing_event_name'
        when typed.is_zone_unknown or typed.occurred_at is null then 'bad_time'
        when typed.occurred_at < timestamp '2000-01-01' or typed.occurred_at > given_latest then 'time_out_of_range'
        when
            typed.occurred_at > typed.received_at + to_microseconds(cast(given_max_skew_s * 1e6 as bigint))
            then 'clock_skew'
        when typed.quantity is null or typed.quantity < 0 then 'bad_quantity'
    end as rule
from typed
left join local_days
    on
        typed.time_zone = local_days.zone_name
        and cast(typed.occurred_at as date) = local_days.utc_date
