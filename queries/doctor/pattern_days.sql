-- pattern_days
--
-- On which days participants have events of some names with the wanted properties. A dot reaches
-- into a nested object, or stands in the name of a flat property: as in `int_events_matched`.
-- Grain: one row per participant and local day with such an event.
-- Reads: events
--
-- Param:  names   VARCHAR[]  event names
-- Param:  keys    VARCHAR[]  the properties
-- Param:  values  VARCHAR[]  what each of them must be
-- Param:  one_in  BIGINT     look at one participant in so many
--
-- Column: participant_id  VARCHAR  the participant
-- Column: local_date      DATE     the day
-- Column: n_events        BIGINT   such events
with

wanted as (

    select
        unnest($keys) as property,
        unnest($values) as property_value

),

named as (

    select
        rowid as row_id,
        participant_id,
        local_date,
        properties
    from events
    where
        status = 'loaded'
        and list_contains($names, event_name)
        and hash(participant_id) % $one_in = 0

),

held as (

    select named.row_id
    from named
    cross join wanted
    where
        coalesce(
            json_extract_string(named.properties, '$.' || wanted.property),
            json_extract_string(named.properties, '$."' || wanted.property || '"')
        ) = wanted.property_value
    group by named.row_id
    having count(*) = len($keys)

)

select
    named.participant_id,
    named.local_date,
    count(*) as n_events
from named
left join held
    on named.row_id = held.row_id
where
    len($keys) = 0
    or held.row_id is not null
group by
    named.participant_id,
    named.local_date
order by
    named.participant_id,
    named.local_date
