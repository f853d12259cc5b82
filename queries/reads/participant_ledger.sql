-- participant_ledger
--
-- What was due from one participant and what became of it, on the participant's own days.
-- Grain: one row per obligation.
-- Reads: fct_participants, fct_ledger, dim_surveys
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  first_week    INTEGER    first study week to return
-- Param:  last_week     INTEGER    last study week to return
-- Param:  participant   VARCHAR    the one participant to return
--
-- Column: obligation_id  VARCHAR    obligation
-- Column: kind           VARCHAR    session or survey
-- Column: survey_label   VARCHAR    name of the scheduled filling-in; NULL for sessions
-- Column: study_week     INTEGER    whole weeks since day 0
-- Column: sequence       INTEGER    number of the obligation within its kind
-- Column: due_date       DATE       local due date
-- Column: due_day        BIGINT     due date as whole days since day 0
-- Column: window_end     DATE       last local date that counts as in time
-- Column: done_at        TIMESTAMP  when it was done (UTC); NULL when it was not
-- Column: status         VARCHAR    done, late, open, missed or excused
with

people as (

    select
        participant_id,
        day_zero
    from fct_participants
    where
        participant_id = $participant
        and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

)

select
    fct_ledger.obligation_id,
    fct_ledger.kind,
    dim_surveys.label as survey_label,
    fct_ledger.study_week,
    fct_ledger.sequence,
    fct_ledger.due_date,
    date_diff('day', people.day_zero, fct_ledger.due_date) as due_day,
    fct_ledger.window_end,
    fct_ledger.done_at,
    fct_ledger.status
from fct_ledger
inner join people
    on fct_ledger.participant_id = people.participant_id
left join dim_surveys
    on fct_ledger.survey_id = dim_surveys.survey_id
where fct_ledger.study_week between $first_week and $last_week
order by
    fct_ledger.due_date,
    fct_ledger.kind,
    fct_ledger.obligation_id
