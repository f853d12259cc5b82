-- ledger_rows
--
-- The ledger itself, one line per thing that was due, to be read or downloaded.
-- Grain: one row per obligation.
-- Reads: fct_participants, dim_arms, dim_sites, fct_ledger, dim_surveys
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  most          BIGINT     the first so many rows; NULL = all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
-- Param:  first_week    INTEGER    first study week to return
-- Param:  last_week     INTEGER    last study week to return
--
-- Column: participant_id  VARCHAR    participant
-- Column: arm_label       VARCHAR  randomised group as the pages name it
-- Column: site_label      VARCHAR  recruiting centre
-- Column: kind            VARCHAR    session or survey
-- Column: survey_label    VARCHAR    name of the scheduled filling-in; NULL for sessions
-- Column: study_week      INTEGER    whole weeks since the participant's day 0
-- Column: sequence        INTEGER    number of the obligation within its kind
-- Column: due_date        DATE       local due date
-- Column: window_start    DATE       first local date that counts as in time
-- Column: window_end      DATE       last local date that counts as in time
-- Column: delivered_at    TIMESTAMP  when it reached the participant (UTC); NULL when not seen
-- Column: opened_at       TIMESTAMP  when it was opened (UTC); NULL when not seen
-- Column: done_at         TIMESTAMP  when it was done (UTC); NULL when it was not
-- Column: status          VARCHAR    done, late, open, missed or excused
with

visible as (

    select
        people.participant_id,
        coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
        coalesce(sites.label, 'Site not known') as site_label
    from fct_participants as people
    left join dim_arms as arms
        on people.arm_id = arms.arm_id
    left join dim_sites as sites
        on people.site_id = sites.site_id
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

)

select
    visible.participant_id,
    visible.arm_label,
    visible.site_label,
    fct_ledger.kind,
    dim_surveys.label as survey_label,
    fct_ledger.study_week,
    fct_ledger.sequence,
    fct_ledger.due_date,
    fct_ledger.window_start,
    fct_ledger.window_end,
    fct_ledger.delivered_at,
    fct_ledger.opened_at,
    fct_ledger.done_at,
    fct_ledger.status
from visible
inner join fct_ledger
    on visible.participant_id = fct_ledger.participant_id
left join dim_surveys
    on fct_ledger.survey_id = dim_surveys.survey_id
where fct_ledger.study_week between $first_week and $last_week
order by
    visible.participant_id,
    fct_ledger.due_date,
    fct_ledger.kind,
    fct_ledger.obligation_id
limit $most
