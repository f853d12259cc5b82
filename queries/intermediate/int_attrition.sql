-- int_attrition
--
-- Two ways of being lost, kept apart: no longer using the app, and leaving the study.
-- Nonusage: a silence of at least nonusage_days up to the end of observation of use; its day is the
-- first silent one. A day that is only partly in the data may end a silence but is no silent day.
-- Whether someone still uses can be told up to nonusage_days before that end only, so everyone else
-- is censored there, not at their own last use. Dropout: a withdrawal that ends the follow-up too, by
-- the last day of follow-up that the events or answers reach; everyone else is censored on that day.
-- Grain: one row per participant_id with a day 0 that the data have reached.
-- Reads: int_participants_dated, fct_participant_days, dim_study, dim_build
--
-- Column: participant_id     VARCHAR  participant
-- Column: is_starter         BOOLEAN  any use from day 0 to the end of observation
-- Column: is_nonusage_event  BOOLEAN  silent for at least nonusage_days at the end of observation
-- Column: nonusage_day       INTEGER  first study day of the silence, or day of censoring
-- Column: is_dropout_event   BOOLEAN  withdrew from follow-up, as far as the data reach
-- Column: dropout_day        INTEGER  study day of the withdrawal, or day of censoring
with

observed as (

    select
        participants.participant_id,
        participants.day_zero,
        participants.followed_to_date,
        date_diff('day', participants.day_zero, participants.use_end_date) as last_day,
        date_diff(
            'day', participants.day_zero, least(participants.use_end_date, dim_build.observed_until)
        ) as last_whole_day,
        least(
            participants.week_zero_start + cast(7 * dim_study.last_week + 6 as integer),
            dim_build.surveys_until + case when dim_build.is_locked then 0 else 1 end
        ) as follow_up_end_date
    from int_participants_dated as participants
    cross join dim_study
    cross join dim_build
    where
        participants.day_zero <= dim_build.as_of_date
        and participants.day_zero <= participants.use_end_date

),

used as (

    select
        observed.participant_id,
        max(days.study_day) as last_used_day
    from observed
    inner join fct_participant_days as days
        on
            observed.participant_id = days.participant_id
            and days.study_day >= 0
            and observed.last_day >= days.study_day
    group by observed.participant_id

),

judged as (

    select
        observed.*,
        used.last_used_day is not null as is_starter,
        coalesce(used.last_used_day + 1, 0) as silent_from_day,
        greatest(0, observed.last_whole_day + 1 - dim_study.nonusage_days) as last_told_day,
        observed.last_whole_day + 1 - dim_study.nonusage_days
        >= coalesce(used.last_used_day + 1, 0) as is_nonusage_event,
        coalesce(
            observed.followed_to_date <= observed.follow_up_end_date, false
        ) as is_dropout_event
    from observed
    cross join dim_study
    left join used
        on observed.participant_id = used.participant_id

)

select
    participant_id,
    is_starter,
    is_nonusage_event,
    cast(
        case when is_nonusage_event then silent_from_day else last_told_day end as integer
    ) as nonusage_day,
    is_dropout_event,
    cast(
        date_diff(
            'day', day_zero, case when is_dropout_event then followed_to_date else follow_up_end_date end
        ) as integer
    ) as dropout_day
from judged
