-- int_participants_dated
--
-- Participants with their day 0 and the ends of what can be seen of them. They come from the
-- roster; without any roster, whoever has an event or an answer takes part.
-- Time at risk of use ends with the planned weeks, the withdrawal or the data. Who stopped the app
-- only ('stopped_app') is still followed up by surveys. In a masked edition the time at risk ends with
-- the last day of which use is shown.
-- Grain: one row per participant_id.
-- Reads: stg_roster, fct_first_traces, stg_answers, fct_use_limits, dim_study, dim_build
--
-- Column: participant_id    VARCHAR  participant
-- Column: arm_id            VARCHAR  randomised group; NULL when unknown
-- Column: site_id           VARCHAR  recruiting centre; NULL when unknown
-- Column: enrolled_date     DATE     local date of enrolment; NULL when unknown
-- Column: cohort            VARCHAR  month of enrolment 'YYYY-MM', or of day 0 when unknown
-- Column: day_zero          DATE     study day 0; NULL when it cannot be told
-- Column: week_zero_start   DATE     first day of study week 0
-- Column: withdrawn_date    DATE     local date of withdrawal; NULL while taking part
-- Column: withdrawal_kind   VARCHAR  what the withdrawal ended
-- Column: followed_to_date  DATE     withdrawal from follow-up; NULL while followed
-- Column: planned_end_date  DATE     last day of the last planned week
-- Column: use_end_date      DATE     last day at risk of use that the data reach
-- Column: last_shown_date   DATE     last day of which use is shown; NULL where all is
with

has_roster as (

    select count(*) > 0 as is_there
    from stg_roster

),

traces as (

    select
        participant_id,
        coalesce(first_use_date, first_event_date) as event_date,
        cast(null as date) as answer_date
    from fct_first_traces
    union all
    select
        participant_id,
        cast(null as date) as event_date,
        local_date as answer_date
    from stg_answers

),

-- The first day of use; without any use the first event of the app, then the first answer.
first_traces as (

    select
        participant_id,
        coalesce(min(event_date), min(answer_date)) as first_date
    from traces
    group by participant_id

),

people as (

    select
        participant_id,
        arm_id,
        site_id,
        enrolled_date,
        withdrawn_date,
        withdrawal_kind
    from stg_roster
    union all
    select
        first_traces.participant_id,
        cast(null as varchar) as arm_id,
        cast(null as varchar) as site_id,
        cast(null as date) as enrolled_date,
        cast(null as date) as withdrawn_date,
        cast(null as varchar) as withdrawal_kind
    from first_traces
    cross join has_roster
    where not has_roster.is_there

),

dated as (

    select
        people.*,
        case
            when dim_study.day_zero = 'enrolled' and has_roster.is_there then people.enrolled_date
            when dim_study.day_zero in ('enrolled', 'first_event') then first_traces.first_date
            else try_cast(dim_study.day_zero as date)
        end as day_zero
    from people
    cross join has_roster
    cross join dim_study
    left join first_traces
        on people.participant_id = first_traces.participant_id

),

anchored as (

    select
        dated.*,
        case
            when dim_study.week_rule = 'calendar'
                then cast(date_trunc('week', dated.day_zero) as date)
            else dated.day_zero
        end as week_zero_start
    from dated
    cross join dim_study

),

planned as (

    select
        anchored.*,
        anchored.week_zero_start + cast(7 * dim_study.planned_weeks - 1 as integer) as planned_end_date
    from anchored
    cross join dim_study

)

select
    planned.participant_id,
    planned.arm_id,
    planned.site_id,
    planned.enrolled_date,
    strftime(coalesce(planned.enrolled_date, planned.day_zero), '%Y-%m') as cohort,
    planned.day_zero,
    planned.week_zero_start,
    planned.withdrawn_date,
    planned.withdrawal_kind,
    case
        when coalesce(planned.withdrawal_kind, '') <> 'stopped_app' then planned.withdrawn_date
    end as followed_to_date,
    planned.planned_end_date,
    least(
        planned.planned_end_date,
        dim_build.as_of_date,
        coalesce(planned.withdrawn_date, dim_build.as_of_date),
        coalesce(limits.last_shown_date, dim_build.as_of_date)
    ) as use_end_date,
    limits.last_shown_date
from planned
cross join dim_build
left join fct_use_limits as limits
    on planned.participant_id = limits.participant_id
