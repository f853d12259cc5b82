-- decision_points
--
-- Deliveries of a feature whose version chance decided, and whether a session began soon after.
-- Grain: one row per event_key.
-- Reads: fct_decision_points, fct_participants, dim_variants
--
-- Param: sites           VARCHAR[]  sites to keep; NULL = all
-- Param: arms            VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts         VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants    VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week      INTEGER    first study week to keep
-- Param: last_week       INTEGER    last study week to keep
-- Param: feature         VARCHAR    the one feature to return
-- Param: window_minutes  INTEGER    how soon a session must begin to count
--
-- Column: event_key          VARCHAR    the delivery
-- Column: participant_id     VARCHAR    participant
-- Column: delivered_at       TIMESTAMP  when it was delivered (UTC)
-- Column: study_day          INTEGER    days since day 0
-- Column: study_week         INTEGER    study week
-- Column: variant_id         VARCHAR    version given; NULL where the event does not say
-- Column: probability        DOUBLE     declared probability of that version
-- Column: silent_hours       DOUBLE     hours since the last session began; NULL before the first
-- Column: has_session        BOOLEAN    a session began within the window; NULL = not known yet
select
    points.event_key,
    points.participant_id,
    points.delivered_at,
    points.study_day,
    points.study_week,
    points.variant_id,
    points.probability,
    date_diff('microsecond', points.previous_session_at, points.delivered_at)
    / 3600000000.0 as silent_hours,
    case
        when
            points.next_session_at
            <= points.delivered_at + cast($window_minutes as integer) * interval '1' minute
            then true
        when
            points.delivered_at + cast($window_minutes as integer) * interval '1' minute
            <= points.observed_until
            then false
    end as has_session
from fct_decision_points as points
inner join fct_participants as participants
    on points.participant_id = participants.participant_id
where
    points.feature_id = $feature
    and points.feature_id in (
        select dim_variants.feature_id
        from dim_variants
        where dim_variants.is_randomised
    )
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), points.participant_id)
    )
    and points.study_week between $first_week and $last_week
order by
    points.participant_id,
    points.delivered_at,
    points.event_key
