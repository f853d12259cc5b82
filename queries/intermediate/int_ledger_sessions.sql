-- int_ledger_sessions
--
-- Sessions due in a week at risk, and what became of them. The k-th session due in a study week is
-- done by the k-th 'done' event of that week, likewise delivered and opened; what is done in
-- another week does not count for this one. A week that the withdrawal cuts short has nothing due.
-- Grain: one row per participant_id, study_week and sequence.
-- Reads: int_weeks_at_risk, int_participants_dated, dim_intended_use, int_numbers, int_ledger_steps, dim_study
--
-- Column: participant_id  VARCHAR    participant
-- Column: site_id         VARCHAR    recruiting centre
-- Column: study_week      INTEGER    study week
-- Column: sequence        INTEGER    1 for the first session due in the week
-- Column: window_start    DATE       first day of the week
-- Column: window_end      DATE       last day of the week
-- Column: delivered_at    TIMESTAMP  when it was delivered (UTC); NULL if never
-- Column: opened_at       TIMESTAMP  when it was opened (UTC); NULL if never
-- Column: done_at         TIMESTAMP  when it was done (UTC); NULL if never
with

obligations as (

    select
        weeks.participant_id,
        weeks.site_id,
        weeks.study_week,
        int_numbers.number as sequence,
        weeks.week_start as window_start,
        weeks.week_end as window_end
    from int_weeks_at_risk as weeks
    inner join int_participants_dated as participants
        on weeks.participant_id = participants.participant_id
    inner join dim_intended_use
        on
            (dim_intended_use.arm_id is null or weeks.arm_id = dim_intended_use.arm_id)
            and weeks.study_week = dim_intended_use.study_week
    inner join int_numbers
        on dim_intended_use.due_sessions >= int_numbers.number
    cross join dim_study
    where
        dim_study.has_intended_use
        and (participants.withdrawn_date is null or weeks.week_end < participants.withdrawn_date)

),

steps as (

    select
        participant_id,
        study_week,
        step_number,
        max(case when step = 'delivered' then occurred_at end) as delivered_at,
        max(case when step = 'opened' then occurred_at end) as opened_at,
        max(case when step = 'done' then occurred_at end) as done_at
    from int_ledger_steps
    where kind = 'session'
    group by
        participant_id,
        study_week,
        step_number

)

select
    obligations.participant_id,
    obligations.site_id,
    obligations.study_week,
    obligations.sequence,
    obligations.window_start,
    obligations.window_end,
    steps.delivered_at,
    steps.opened_at,
    steps.done_at
from obligations
left join steps
    on
        obligations.participant_id = steps.participant_id
        and obligations.study_week = steps.study_week
        and obligations.sequence = steps.step_number
