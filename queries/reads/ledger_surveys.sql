-- ledger_surveys
--
-- Every survey that was due from a participant, and what became of it: the survey grid.
-- Grain: one row per participant and scheduled filling-in.
-- Reads: fct_participants, dim_arms, dim_sites, fct_ledger, dim_surveys, dim_instruments
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  shown         VARCHAR[]  participants of whom rows are wanted; NULL = all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
-- Param:  first_week    INTEGER    first study week to return
-- Param:  last_week     INTEGER    last study week to return
--
-- Column: participant_id   VARCHAR    participant
-- Column: arm_label        VARCHAR  randomised group as the pages name it
-- Column: site_label       VARCHAR  recruiting centre
-- Column: site_position    INTEGER  order of the recruiting centres
-- Column: enrolled_date    DATE       local date of enrolment; NULL when unknown
-- Column: survey_id        VARCHAR    scheduled filling-in
-- Column: survey_label     VARCHAR    its name
-- Column: instrument_id    VARCHAR    its instrument
-- Column: survey_position  BIGINT     order by instrument, then due day, from 1
-- Column: study_week       INTEGER    study week of the due date
-- Column: due_date         DATE       local due date
-- Column: window_end       DATE       last local date that counts as in time
-- Column: done_at          TIMESTAMP  when it was filled in (UTC); NULL when it was not
-- Column: status           VARCHAR    done, late, open, missed or excused
with

visible as (

    select
        people.participant_id,
        coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
        coalesce(sites.label, 'Site not known') as site_label,
        coalesce(sites.position, 9999) as site_position,
        people.enrolled_date
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
        and (cast($shown as varchar[]) is null or list_contains(cast($shown as varchar[]), people.participant_id))

),

surveys as (

    select
        planned.survey_id,
        planned.label,
        planned.instrument_id,
        row_number() over (
            order by
                coalesce(instruments.position, 9999),
                planned.instrument_id,
                planned.due_day,
                planned.survey_id
        ) as survey_position
    from dim_surveys as planned
    left join dim_instruments as instruments
        on planned.instrument_id = instruments.instrument_id

)

select
    visible.participant_id,
    visible.arm_label,
    visible.site_label,
    visible.site_position,
    visible.enrolled_date,
    surveys.survey_id,
    surveys.label as survey_label,
    surveys.instrument_id,
    surveys.survey_position,
    fct_ledger.study_week,
    fct_ledger.due_date,
    fct_ledger.window_end,
    fct_ledger.done_at,
    fct_ledger.status
from visible
inner join fct_ledger
    on visible.participant_id = fct_ledger.participant_id
inner join surveys
    on fct_ledger.survey_id = surveys.survey_id
where
    fct_ledger.kind = 'survey'
    and fct_ledger.study_week between $first_week and $last_week
order by
    visible.participant_id,
    surveys.survey_position
