-- int_stage_weeks
--
-- How often each stage of a feature reached a participant in a week: days before day 0 apart, since a
-- calendar week may begin before it.
-- Grain: one row per participant_id, study_week, is_from_day_zero, feature_id and stage with any event.
-- Reads: fct_exposures, fct_participants
--
-- Column: participant_id    VARCHAR  participant
-- Column: arm_id            VARCHAR  randomised group
-- Column: site_id           VARCHAR  recruiting centre
-- Column: cohort            VARCHAR  month of enrolment
-- Column: study_week        INTEGER  whole weeks since the start of week 0; NULL without a day 0
-- Column: is_from_day_zero  BOOLEAN  day 0 or later
-- Column: feature_id        VARCHAR  feature
-- Column: stage             VARCHAR  offered, delivered, seen or acted
-- Column: n_exposures       DOUBLE   sum of the events' quantities
with

counted as (

    select
        participant_id,
        study_week,
        coalesce(study_day >= 0, false) as is_from_day_zero,
        feature_id,
        stage,
        sum(n_exposures) as n_exposures
    from fct_exposures
    group by
        participant_id,
        study_week,
        coalesce(study_day >= 0, false),
        feature_id,
        stage

)

select
    counted.participant_id,
    people.arm_id,
    people.site_id,
    people.cohort,
    counted.study_week,
    counted.is_from_day_zero,
    counted.feature_id,
    counted.stage,
    counted.n_exposures
from counted
inner join fct_participants as people
    on counted.participant_id = people.participant_id
