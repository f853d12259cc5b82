-- own_judged
--
-- Events of a lake that other software writes, each with the first rule that it breaks: those of the
-- loader, as far as such a lake can break them. Participants bear the names that the loader gives them;
-- those who were erased are left out. Of events with one id the earliest counts, and none that came in an
-- export.
-- Grain: one row per event.
-- Reads: own_events, own_people, raw.roster, loaded_events
--
-- Param: latest  VARCHAR  times after this moment (UTC) are out of range
--
-- Column: event_id        VARCHAR    as it is there
-- Column: participant_id  VARCHAR    participant; NULL where there is none
-- Column: event_name      VARCHAR    name
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: time_zone       VARCHAR    the participant's time zone then
-- Column: local_date      DATE       date in that time zone
-- Column: quantity        DOUBLE     how often it happened; NULL where nothing is said
-- Column: app_version     VARCHAR    version of the app; NULL when not known
-- Column: properties      VARCHAR    JSON; NULL when there is none
-- Column: reason          VARCHAR    first rule that it breaks; NULL for events that count
with

named as (

    select
        own_events.event_id,
        own_people.participant_id,
        own_events.event_name,
        own_events.occurred_at,
        own_events.time_zone,
        own_events.local_date,
        own_events.quantity,
        own_events.app_version,
        own_events.properties,
        cast(own_events.occurred_at as date) as utc_date
    from own_events
    left join own_people
        on own_events.participant_id = own_people.given_id
    where not coalesce(own_people.is_erased, false)

),

enrolled as (

    select distinct participant_id
    from raw.roster
    where status = 'loaded'

),

has_roster as (

    select count(*) > 0 as is_there
    from enrolled

),

ruled as (

    select
        named.event_id,
        named.participant_id,
        named.event_name,
        named.occurred_at,
        named.time_zone,
        named.local_date,
        named.quantity,
        named.app_version,
        named.properties,
        case
            when named.participant_id is null then 'missing_participant'
            when coalesce(trim(named.event_id), '') = '' then 'missing_event_id'
            when coalesce(trim(named.event_name), '') = '' then 'missing_event_name'
            when named.occurred_at is null or coalesce(trim(named.time_zone), '') = '' then 'bad_time'
            when
                named.occurred_at < timestamp '2000-01-01 00:00:00' or named.occurred_at > cast($latest as timestamp)
                then 'time_out_of_range'
            when
                named.local_date is null or abs(date_diff('day', named.utc_date, named.local_date)) > 1
                then 'bad_local_date'
            -- What is no number is greater than all numbers, on both engines.
            when named.quantity < 0 or named.quantity > 1e117 then 'bad_quantity'
            when has_roster.is_there and enrolled.participant_id is null then 'unknown_participant'
        end as rule
    from named
    cross join has_roster
    left join enrolled
        on named.participant_id = enrolled.participant_id

),

placed as (

    select
        event_id,
        participant_id,
        event_name,
        occurred_at,
        time_zone,
        local_date,
        quantity,
        app_version,
        properties,
        rule,
        row_number() over (
            -- Refused events need no place: were they all without an id, one machine would have them all.
            partition by
                event_id,
                rule,
                case when rule is not null then participant_id end,
                case when rule is not null then occurred_at end
            order by
                occurred_at,
                participant_id,
                event_name,
                time_zone,
                local_date,
                quantity,
                app_version,
                properties
        ) as place
    from ruled

)

select
    placed.event_id,
    placed.participant_id,
    placed.event_name,
    placed.occurred_at,
    placed.time_zone,
    placed.local_date,
    placed.quantity,
    placed.app_version,
    placed.properties,
    case
        when placed.rule is not null then placed.rule
        when loaded_events.event_id is not null then 'in_an_export'
        when placed.place > 1 then 'duplicate_event_id'
    end as reason
from placed
left join loaded_events
    on placed.event_id = loaded_events.event_id
