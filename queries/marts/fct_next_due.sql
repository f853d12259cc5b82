-- fct_next_due
--
-- The next session and the next survey of each participant, or the first that is overdue: past its due
-- day, with a window that is still open. Nothing is due after a withdrawal, but for surveys after one
-- that only ended the use of the app.
-- Grain: one row per participant_id and kind with anything due.
-- Reads: fct_participants, fct_ledger, dim_surveys, dim_intended_use, dim_study, dim_build
--
-- Column: participant_id  VARCHAR  participant
-- Column: kind            VARCHAR  session or survey
-- Column: survey_label    VARCHAR  name of the scheduled filling-in; NULL for sessions
-- Column: due_date        DATE     local due date; for sessions the last day of the week
-- Column: window_end      DATE     last local date that counts as in time
-- Column: is_overdue      BOOLEAN  past its due date, and can still be done
-- Column: n_overdue       BIGINT   how many of the kind are overdue
with

people as (

    select
        people.participant_id,
        people.arm_id,
        people.withdrawn_date,
        coalesce(people.withdrawal_kind = 'stopped_app', false) as is_followed,
        case
            when dim_study.week_rule = 'calendar' then cast(date_trunc('week', people.day_zero) as date)
            else people.day_zero
        end as week_zero_start
    from fct_participants as people
    cross join dim_study

),

due as (

    select
        ledger.participant_id,
        ledger.kind,
        dim_surveys.label as survey_label,
        ledger.due_date,
        ledger.window_end
    from fct_ledger as ledger
    inner join people
        on ledger.participant_id = people.participant_id
    left join dim_surveys
        on ledger.survey_id = dim_surveys.survey_id
    where ledger.status = 'open'
    union all
    select
        people.participant_id,
        'survey' as kind,
        dim_surveys.label as survey_label,
        people.week_zero_start + dim_surveys.due_day as due_date,
        people.week_zero_start + (dim_surveys.due_day + dim_surveys.window_after_days) as window_end
    from people
    cross join dim_surveys
    left join fct_ledger as ledger
        on
            people.participant_id = ledger.participant_id
            and dim_surveys.survey_id = ledger.survey_id
    where
        ledger.obligation_id is null
        and (people.withdrawn_date is null or people.is_followed)
    union all
    select
        people.participant_id,
        'session' as kind,
        null as survey_label,
        people.week_zero_start + cast(7 * intended.study_week + 6 as integer) as due_date,
        people.week_zero_start + cast(7 * intended.study_week + 6 as integer) as window_end
    from people
    inner join dim_intended_use as intended
        on intended.arm_id is null or people.arm_id = intended.arm_id
    left join fct_ledger as ledger
        on
            people.participant_id = ledger.participant_id
            and ledger.kind = 'session'
            and intended.study_week = ledger.study_week
    where
        intended.due_sessions > 0
        and ledger.obligation_id is null
        and people.withdrawn_date is null

),

dated as (

    select
        due.participant_id,
        due.kind,
        due.survey_label,
        due.due_date,
        due.window_end,
        due.due_date < dim_build.as_of_date as is_overdue
    from due
    cross join dim_build
    where due.window_end >= dim_build.as_of_date

),

ranked as (

    select
        participant_id,
        kind,
        survey_label,
        due_date,
        window_end,
        is_overdue,
        sum(case when is_overdue then 1 else 0 end) over (partition by participant_id, kind) as n_overdue,
        row_number() over (
            partition by participant_id, kind
            order by due_date, window_end, survey_label
        ) as place
    from dated

)

select
    participant_id,
    kind,
    survey_label,
    due_date,
    window_end,
    is_overdue,
    cast(n_overdue as bigint) as n_overdue
from ranked
where place = 1
