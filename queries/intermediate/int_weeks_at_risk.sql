-- int_weeks_at_risk
--
-- Every planned study week that a participant has begun: not weeks that are still to come, nor
-- weeks that begin after the withdrawal. A week is complete when it begins no earlier than day 0
-- and its last day is wholly in the data and before the day of withdrawal.
-- Grain: one row per participant_id and study_week.
-- Reads: int_participants_dated, dim_weeks, dim_study, dim_build
--
-- Column: participant_id    VARCHAR  participant
-- Column: arm_id            VARCHAR  randomised group
-- Column: site_id           VARCHAR  recruiting centre
-- Column: cohort            VARCHAR  month of enrolment
-- Column: study_week        INTEGER  whole weeks since the start of week 0
-- Column: week_start        DATE     first local day of the week
-- Column: week_end          DATE     last local day of the week
-- Column: is_complete_week  BOOLEAN  all seven days are in the data and in the participant's time
with

weeks as (

    select
        participants.*,
        dim_weeks.study_week,
        participants.week_zero_start + cast(7 * dim_weeks.study_week as integer) as week_start,
        participants.week_zero_start + cast(7 * dim_weeks.study_week + 6 as integer) as week_end
    from int_participants_dated as participants
    cross join dim_weeks

)

select
    weeks.participant_id,
    weeks.arm_id,
    weeks.site_id,
    weeks.cohort,
    weeks.study_week,
    weeks.week_start,
    weeks.week_end,
    (
        weeks.week_start >= weeks.day_zero
        and weeks.week_end <= dim_build.observed_until
        and (weeks.last_shown_date is null or weeks.week_end <= weeks.last_shown_date)
        and (weeks.withdrawn_date is null or weeks.week_end < weeks.withdrawn_date)
    ) as is_complete_week
from weeks
cross join dim_study
cross join dim_build
where
    weeks.study_week < dim_study.planned_weeks
    and weeks.week_start <= weeks.use_end_date
    and weeks.day_zero <= weeks.use_end_date
