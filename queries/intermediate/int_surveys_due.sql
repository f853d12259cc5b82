-- int_surveys_due
--
-- Scheduled filling-ins whose window has opened for a participant still followed up on the due day;
-- also one that opened on the last day of the data, of which only a part may be seen.
-- Grain: one row per participant_id and survey_id.
-- Reads: int_participants_dated, dim_surveys, dim_build
--
-- Column: participant_id  VARCHAR  participant
-- Column: site_id         VARCHAR  recruiting centre
-- Column: survey_id       VARCHAR  scheduled filling-in
-- Column: instrument_id   VARCHAR  instrument
-- Column: study_week      INTEGER  study week for which it is scheduled
-- Column: due_date        DATE     due day
-- Column: window_start    DATE     first day of the window
-- Column: window_end      DATE     last day of the window
-- Column: late_end        DATE     last day that still counts as late: the day before the next window
with

dated as (

    select
        participants.participant_id,
        participants.site_id,
        participants.followed_to_date,
        dim_surveys.survey_id,
        dim_surveys.instrument_id,
        dim_surveys.study_week,
        participants.week_zero_start + dim_surveys.due_day as due_date,
        participants.week_zero_start
        + (dim_surveys.due_day - dim_surveys.window_before_days) as window_start,
        participants.week_zero_start
        + (dim_surveys.due_day + dim_surveys.window_after_days) as window_end
    from int_participants_dated as participants
    cross join dim_surveys
    where participants.week_zero_start is not null

),

bounded as (

    select
        dated.*,
        coalesce(
            lead(window_start) over (
                partition by participant_id, instrument_id order by due_date, survey_id
            ),
            date '9999-12-31'
        ) as next_window_start
    from dated

)

select
    bounded.participant_id,
    bounded.site_id,
    bounded.survey_id,
    bounded.instrument_id,
    bounded.study_week,
    bounded.due_date,
    bounded.window_start,
    bounded.window_end,
    bounded.next_window_start - 1 as late_end
from bounded
cross join dim_build
where
    bounded.window_start
    <= dim_build.surveys_until + case when dim_build.is_locked then 0 else 1 end
    and (bounded.followed_to_date is null or bounded.due_date <= bounded.followed_to_date)
