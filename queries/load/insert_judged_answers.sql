-- insert_judged_answers
--
-- Judge the answers of a batch, each on its own.
-- Grain: one row per row of `incoming`.
-- Reads: incoming, known_items, zones
--
-- Param:  time_format     VARCHAR    iso, epoch_s, epoch_ms, epoch_us, day_offset or a strptime pattern
-- Param:  pattern         VARCHAR    the strptime pattern, or any where there is none
-- Param:  origin          DATE       day 0 of day offsets
-- Param:  zone            VARCHAR    time zone of stamps that name none
-- Param:  home            VARCHAR    time zone of participants who name none
-- Param:  latest          TIMESTAMP  times after this are refused
-- Param:  not_applicable  VARCHAR[]  texts that say an item does not apply, in lower case
insert into judged_answers
with

keyed as (

    select
        incoming.*,
        lower(incoming.instrument) as instrument_key,
        case
            when regexp_full_match(incoming.item, '\d{1,9}(?:\.0*)?')
                then cast(try_cast(split_part(incoming.item, '.', 1) as integer) as varchar)
            else lower(incoming.item)
        end as item_key,
        coalesce(zones.zone_name, $home) as time_zone,
        coalesce(zones.zone_name, $zone) as stamp_zone,
        incoming.own_zone is not null and zones.zone_name is null as is_zone_unknown
    from incoming
    left join zones
        on incoming.own_zone = zones.zone_name

),

typed as (

    select
        keyed.*,
        known_items.instrument_id,
        known_items.item_id,
        known_items.low,
        known_items.high,
        known_items.allows_not_applicable,
        utc_of(keyed.stamp, $time_format, $pattern, $origin, keyed.stamp_zone, keyed.time_zone) as answered_at,
        number_of(keyed.answer) + known_items.added as value,
        coalesce(list_contains($not_applicable, lower(keyed.answer)), false) as says_not_applicable,
        keyed.instrument_key in (select named.instrument_key from known_items as named) as is_instrument_known
    from keyed
    left join known_items
        on
            keyed.instrument_key = known_items.instrument_key
            and keyed.item_key = known_items.item_key

),

ruled as (

    select
        *,
        says_not_applicable and allows_not_applicable as is_not_applicable,
        case
            when is_erased then 'erased_participant'
            when participant_id is null then 'missing_participant'
            when
                is_zone_unknown or answered_at is null
                or answered_at < timestamp '2000-01-01' or answered_at > $latest
                then 'bad_time'
        end as row_rule,
        case
            when not coalesce(is_instrument_known, false) then 'unknown_instrument'
            when item_id is null then 'unknown_item'
            when answer is null or (says_not_applicable and allows_not_applicable) then null
            when value is null then 'not_a_number'
            when value <> floor(value) then 'not_an_integer'
            when value < low or value > high then 'out_of_range'
        end as cell_rule
    from typed

)

select
    source_row,
    participant_id,
    instrument_id,
    item_id,
    occasion as occasion_id,
    answered_at,
    time_zone,
    local_date_of(answered_at, time_zone) as local_date,
    answer,
    case when not says_not_applicable then value end as value,
    answer is not null as is_answered,
    coalesce(is_not_applicable, false) as is_not_applicable,
    low,
    high,
    column_name,
    row_rule,
    cell_rule,
    case cell_rule
        when 'unknown_instrument' then 'an instrument of study.toml'
        when 'unknown_item' then 'an item of that instrument in study.toml'
        else concat(
            'a whole number from ', cast(low as integer), ' to ', cast(high as integer),
            case when allows_not_applicable then ', or not applicable' else '' end
        )
    end as expected,
    is_zone_unknown as is_own_zone
from ruled
