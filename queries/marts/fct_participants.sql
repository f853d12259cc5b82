-- fct_participants
--
-- Participants with their time at risk, their use from day 0 on, and the two kinds of attrition.
-- Use is observed to the end of the planned weeks, the withdrawal or the data, whichever is first.
-- Silent is who was not seen for at least the study's nonusage days up to there; whether somebody
-- else still uses can be told up to so many days before there only, and there they are censored. A
-- withdrawal counts as dropout by the last day of follow-up that the events or answers reach, where
-- everybody else is censored.
-- Grain: one row per participant_id.
-- Reads: int_participants_dated, int_weeks_at_risk, fct_participant_days, int_attrition
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group; NULL when unknown
-- Column: site_id            VARCHAR  recruiting centre; NULL when unknown
-- Column: enrolled_date      DATE     local date of enrolment; NULL when unknown
-- Column: cohort             VARCHAR  month of enrolment 'YYYY-MM', or of day 0 when unknown
-- Column: day_zero           DATE     study day 0; NULL when it cannot be told
-- Column: withdrawn_date     DATE     local date of withdrawal; NULL while taking part
-- Column: withdrawal_kind    VARCHAR  what the withdrawal ended; 'stopped_app' keeps the follow-up
-- Column: weeks_at_risk      INTEGER  planned weeks begun
-- Column: first_use_date     DATE     first day of use from day 0 on; NULL if never
-- Column: last_use_date      DATE     last day of use from day 0 on; NULL if never
-- Column: n_sessions         BIGINT   sessions begun from day 0 on
-- Column: n_active_days      BIGINT   days with use from day 0 on
-- Column: is_nonusage_event  BOOLEAN  silent at the end of observation; NULL before day 0
-- Column: nonusage_day       INTEGER  first study day of the silence, or day of censoring
-- Column: is_dropout_event   BOOLEAN  withdrew from follow-up, as far as the data reach; NULL before day 0
-- Column: dropout_day        INTEGER  study day of the withdrawal, or day of censoring
-- Column: is_starter         BOOLEAN  any use from day 0 to the end of observation; NULL before day 0
with

weeks as (

    select
        participant_id,
        cast(count(*) as integer) as weeks_at_risk
    from int_weeks_at_risk
    group by participant_id

),

used as (

    select
        participant_id,
        min(local_date) as first_use_date,
        max(local_date) as last_use_date,
        cast(sum(n_sessions) as bigint) as n_sessions,
        count(*) as n_active_days
    from fct_participant_days
    where study_day >= 0
    group by participant_id

)

select
    participants.participant_id,
    participants.arm_id,
    participants.site_id,
    participants.enrolled_date,
    participants.cohort,
    participants.day_zero,
    participants.withdrawn_date,
    participants.withdrawal_kind,
    coalesce(weeks.weeks_at_risk, 0) as weeks_at_risk,
    used.first_use_date,
    used.last_use_date,
    coalesce(used.n_sessions, 0) as n_sessions,
    coalesce(used.n_active_days, 0) as n_active_days,
    attrition.is_nonusage_event,
    attrition.nonusage_day,
    attrition.is_dropout_event,
    attrition.dropout_day,
    attrition.is_starter
from int_participants_dated as participants
left join weeks
    on participants.participant_id = weeks.participant_id
left join used
    on participants.participant_id = used.participant_id
left join int_attrition as attrition
    on participants.participant_id = attrition.participant_id
