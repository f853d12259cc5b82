-- hours
--
-- In how many participants' days each hour of the clock has an event. Days, not events, so that a
-- busy participant counts once.
-- Grain: one row per source and hour that has an event.
-- Reads: events, files
--
-- Param:  automatic  VARCHAR[]  names of events that happen without anybody using the app
-- Param:  one_in     BIGINT     look at one participant in so many
--
-- Column: source_id       VARCHAR  the source's id
-- Column: hour            INTEGER  hour of the day where the participants were, 0 to 23
-- Column: n_days          BIGINT   days of participants with an event in that hour
-- Column: n_participants  BIGINT   participants with an event in that hour
-- Column: n_dates         BIGINT   dates with an event in that hour
with

moments as (

    select distinct
        files.source_id,
        events.participant_id,
        events.time_zone,
        date_trunc('hour', events.occurred_at) as began_at
    from events
    inner join files
        on events.file_number = files.file_number
    where
        events.status = 'loaded'
        and not list_contains($automatic, events.event_name)
        and hash(events.participant_id) % $one_in = 0

),

local_moments as (

    select
        source_id,
        participant_id,
        timezone(time_zone, timezone('UTC', began_at)) as local_at
    from moments

),

days as (

    select distinct
        source_id,
        participant_id,
        cast(local_at as date) as local_date,
        cast(extract(hour from local_at) as integer) as hour
    from local_moments

)

select
    source_id,
    hour,
    count(*) as n_days,
    count(distinct participant_id) as n_participants,
    count(distinct local_date) as n_dates
from days
group by
    source_id,
    hour
order by
    source_id,
    hour
