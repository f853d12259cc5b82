-- variant_points
--
-- Deliveries of every feature that has versions, with whom they reached and what came before.
-- Grain: one row per event_key.
-- Reads: fct_decision_points, fct_participants
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: event_key       VARCHAR    the delivery
-- Column: participant_id  VARCHAR    participant
-- Column: arm_id          VARCHAR    randomised group
-- Column: site_id         VARCHAR    recruiting centre
-- Column: feature_id      VARCHAR    feature
-- Column: delivered_at    TIMESTAMP  when it was delivered (UTC)
-- Column: local_date      DATE       date in the participant's time zone
-- Column: study_day       INTEGER    days since day 0
-- Column: study_week      INTEGER    study week
-- Column: variant_id      VARCHAR    version given; NULL where the event does not say
-- Column: probability     DOUBLE     declared probability of that version; NULL where chance did not decide
-- Column: silent_hours    DOUBLE     hours since the last session began; NULL before the first
-- Column: observed_until  TIMESTAMP  sessions are seen until then (UTC)
select
    points.event_key,
    points.participant_id,
    people.arm_id,
    people.site_id,
    points.feature_id,
    points.delivered_at,
    points.local_date,
    points.study_day,
    points.study_week,
    points.variant_id,
    points.probability,
    date_diff('microsecond', points.previous_session_at, points.delivered_at)
    / 3600000000.0 as silent_hours,
    points.observed_until
from fct_decision_points as points
inner join fct_participants as people
    on points.participant_id = people.participant_id
where
    (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    points.participant_id,
    points.delivered_at,
    points.event_key
