-- fct_decision_points
--
-- Moments at which a version of a feature reached a participant: every delivery of a feature that has
-- versions. Where chance decided which, it has a probability and is a decision point of a micro-
-- randomised trial. Only deliveries count; what happened after one, such as being opened, may already
-- be an effect of the version.
-- Days before anything new are those of the build before; what came after a delivery is always new.
-- Grain: one row per event_key.
-- Reads: int_deliveries_found, kept.fct_decision_points, int_restarts, int_participants_dated, fct_sessions, dim_build
--
-- Column: event_key            VARCHAR    the delivery: participant, feature and number
-- Column: participant_id       VARCHAR    participant
-- Column: feature_id           VARCHAR    feature
-- Column: delivered_at         TIMESTAMP  when it was delivered (UTC)
-- Column: study_day            INTEGER    days since day 0; NULL without a day 0
-- Column: study_week           INTEGER    whole weeks since the start of week 0; negative before it
-- Column: variant_id           VARCHAR    version given; NULL where the event does not say
-- Column: probability          DOUBLE     declared probability of that version; NULL where chance did not decide
-- Column: previous_session_at  TIMESTAMP  start of the last session before it (UTC); NULL = none
-- Column: next_session_at      TIMESTAMP  start of the first session after it (UTC); NULL = none
-- Column: observed_until       TIMESTAMP  sessions are seen until then (UTC)
-- Column: local_date           DATE       date of the delivery in the participant's time zone
with

deliveries as (

    select
        participant_id,
        feature_id,
        delivered_at,
        local_date,
        variant_id,
        probability
    from int_deliveries_found
    union all
    select
        kept_points.participant_id,
        kept_points.feature_id,
        kept_points.delivered_at,
        kept_points.local_date,
        kept_points.variant_id,
        kept_points.probability
    from kept.fct_decision_points as kept_points
    left join int_restarts as restarts
        on kept_points.participant_id = restarts.participant_id
    where
        restarts.participant_id is null
        or kept_points.local_date < restarts.restart_date

),

-- Sessions and deliveries on one line of time; a session that begins with a delivery is before it.
line_of_time as (

    select
        participant_id,
        started_at as moment,
        0 as is_delivery,
        started_at,
        cast(null as varchar) as feature_id,
        cast(null as date) as local_date,
        cast(null as varchar) as variant_id,
        cast(null as double) as probability
    from fct_sessions
    where participant_id in (select deliveries.participant_id from deliveries)
    union all
    select
        participant_id,
        delivered_at as moment,
        1 as is_delivery,
        cast(null as timestamp) as started_at,
        feature_id,
        local_date,
        variant_id,
        probability
    from deliveries

),

around as (

    select
        participant_id,
        moment as delivered_at,
        is_delivery,
        feature_id,
        local_date,
        variant_id,
        probability,
        max(started_at) over (
            partition by participant_id
            order by moment, is_delivery
            rows between unbounded preceding and current row
        ) as previous_session_at,
        min(started_at) over (
            partition by participant_id
            order by moment, is_delivery
            rows between current row and unbounded following
        ) as next_session_at
    from line_of_time

),

numbered as (

    select
        around.*,
        -- Deliveries that are alike in all of this are alike in everything.
        row_number() over (
            partition by participant_id, feature_id
            order by delivered_at, local_date, variant_id, probability
        ) as delivery_number
    from around
    where is_delivery = 1

)

select
    concat(
        numbered.participant_id, '#', numbered.feature_id, '#', cast(numbered.delivery_number as varchar)
    ) as event_key,
    numbered.participant_id,
    numbered.feature_id,
    numbered.delivered_at,
    cast(date_diff('day', participants.day_zero, numbered.local_date) as integer) as study_day,
    cast(
        floor(date_diff('day', participants.week_zero_start, numbered.local_date) / 7.0) as integer
    ) as study_week,
    numbered.variant_id,
    numbered.probability,
    numbered.previous_session_at,
    numbered.next_session_at,
    -- The last day that is shown ends some hours after it began in UTC, wherever it was.
    least(
        cast(dim_build.as_of_at as timestamp),
        coalesce(cast(participants.last_shown_date as timestamp), cast(dim_build.as_of_at as timestamp))
    ) as observed_until,
    numbered.local_date
from numbered
cross join dim_build
left join int_participants_dated as participants
    on numbered.participant_id = participants.participant_id
