-- clock_lags
--
-- How the clocks of devices stand to the server's: when events were received, less when they say
-- that they happened.
-- Grain: one row per source of which events say when they were received.
-- Reads: events, files
--
-- Param:  one_in  BIGINT  look at one participant in so many
--
-- Column: source_id               VARCHAR  the source's id
-- Column: n_events                BIGINT   events that say when they were received
-- Column: n_participants          BIGINT   participants with such events
-- Column: median_s                DOUBLE   median lag, seconds; negative where the device is ahead
-- Column: low_s                   DOUBLE   lower quartile, seconds
-- Column: high_s                  DOUBLE   upper quartile, seconds
-- Column: n_ahead_5min            BIGINT   events that happened more than 5 minutes after they were received
-- Column: n_ahead_1h              BIGINT   the same, more than an hour
-- Column: n_participants_ahead    BIGINT   participants with an event more than 5 minutes ahead
-- Column: n_participants_drifted  BIGINT   participants whose median event is more than 5 minutes ahead
-- Column: n_late                  BIGINT   events received more than a day after they happened
-- Column: n_participants_late     BIGINT   participants with such an event
-- Column: latest_days             DOUBLE   the longest such time, days
with

lags as (

    select
        files.source_id,
        events.participant_id,
        date_diff('microsecond', events.occurred_at, events.received_at) / 1e6 as lag_s
    from events
    inner join files
        on events.file_number = files.file_number
    where
        events.status = 'loaded'
        and events.received_at is not null
        and hash(events.participant_id) % $one_in = 0

),

participants as (

    select
        source_id,
        participant_id,
        median(cast(lag_s as double)) as median_s,
        count(*) filter (where lag_s < -300) as n_ahead,
        count(*) filter (where lag_s > 86400) as n_late
    from lags
    group by
        source_id,
        participant_id

),

drifts as (

    select
        source_id,
        count(*) as n_participants,
        count(*) filter (where n_ahead > 0) as n_participants_ahead,
        count(*) filter (where median_s < -300) as n_participants_drifted,
        count(*) filter (where n_late > 0) as n_participants_late
    from participants
    group by source_id

),

sources as (

    select
        source_id,
        count(*) as n_events,
        median(cast(lag_s as double)) as median_s,
        quantile_cont(cast(lag_s as double), 0.25) as low_s,
        quantile_cont(cast(lag_s as double), 0.75) as high_s,
        count(*) filter (where lag_s < -300) as n_ahead_5min,
        count(*) filter (where lag_s < -3600) as n_ahead_1h,
        count(*) filter (where lag_s > 86400) as n_late,
        max(lag_s) / 86400.0 as latest_days
    from lags
    group by source_id

)

select
    sources.source_id,
    sources.n_events,
    drifts.n_participants,
    sources.median_s,
    sources.low_s,
    sources.high_s,
    sources.n_ahead_5min,
    sources.n_ahead_1h,
    drifts.n_participants_ahead,
    drifts.n_participants_drifted,
    sources.n_late,
    drifts.n_participants_late,
    sources.latest_days
from sources
inner join drifts
    on sources.source_id = drifts.source_id
order by sources.source_id
