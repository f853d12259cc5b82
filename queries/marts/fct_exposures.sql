-- fct_exposures
--
-- How often a stage of a feature reached a participant on a day. Days before anything new are those of
-- the build before.
-- Grain: one row per participant_id, local_date, feature_id and stage with at least one event.
-- Reads: int_exposures_counted, kept.fct_exposures, int_restarts, int_participants_dated
--
-- Column: participant_id  VARCHAR  participant
-- Column: local_date      DATE     date in the participant's time zone
-- Column: study_day       INTEGER  days since day 0; negative before it
-- Column: study_week      INTEGER  whole weeks since the start of week 0; negative before it
-- Column: feature_id      VARCHAR  feature
-- Column: stage           VARCHAR  offered, delivered, seen or acted
-- Column: n_exposures     DOUBLE   sum of the events' quantities
with

daily as (

    select
        participant_id,
        local_date,
        feature_id,
        stage,
        n_exposures
    from int_exposures_counted
    union all
    select
        kept_exposures.participant_id,
        kept_exposures.local_date,
        kept_exposures.feature_id,
        kept_exposures.stage,
        kept_exposures.n_exposures
    from kept.fct_exposures as kept_exposures
    left join int_restarts as restarts
        on kept_exposures.participant_id = restarts.participant_id
    where
        restarts.participant_id is null
        or kept_exposures.local_date < restarts.restart_date

)

select
    daily.participant_id,
    daily.local_date,
    cast(date_diff('day', participants.day_zero, daily.local_date) as integer) as study_day,
    cast(
        floor(date_diff('day', participants.week_zero_start, daily.local_date) / 7.0) as integer
    ) as study_week,
    daily.feature_id,
    daily.stage,
    daily.n_exposures
from daily
left join int_participants_dated as participants
    on daily.participant_id = participants.participant_id
