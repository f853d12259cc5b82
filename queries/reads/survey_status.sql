-- survey_status
--
-- What became of each scheduled survey, in all and by whether the app was used in its week.
-- Grain: one row per survey_id, status and use.
-- Reads: fct_ledger, fct_participants, fct_participant_weeks, dim_surveys, dim_instruments
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: survey_id         VARCHAR  one scheduled filling-in
-- Column: survey_label      VARCHAR  as the pages name it
-- Column: instrument_id     VARCHAR  instrument
-- Column: instrument_label  VARCHAR  as the pages name it
-- Column: study_week        INTEGER  study week in which the survey is due
-- Column: status            VARCHAR  'done', 'late', 'missed', 'open' or 'excused'
-- Column: use               VARCHAR  'active' or 'inactive' in that week; 'unknown' when not at risk then
-- Column: n_participants    BIGINT   participants for whom the survey ended so
with

participants as (

    select participant_id
    from fct_participants
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

)

select
    ledger.survey_id,
    surveys.label as survey_label,
    ledger.instrument_id,
    coalesce(instruments.label, ledger.instrument_id) as instrument_label,
    ledger.study_week,
    ledger.status,
    case
        when weeks.is_active then 'active'
        when not weeks.is_active then 'inactive'
        else 'unknown'
    end as use,
    count(*) as n_participants
from fct_ledger as ledger
inner join participants
    on ledger.participant_id = participants.participant_id
inner join dim_surveys as surveys
    on ledger.survey_id = surveys.survey_id
left join dim_instruments as instruments
    on ledger.instrument_id = instruments.instrument_id
left join fct_participant_weeks as weeks
    on
        ledger.participant_id = weeks.participant_id
        and ledger.study_week = weeks.study_week
where
    ledger.kind = 'survey'
    and ledger.study_week between $first_week and $last_week
group by
    ledger.survey_id,
    surveys.label,
    ledger.instrument_id,
    coalesce(instruments.label, ledger.instrument_id),
    ledger.study_week,
    ledger.status,
    case
        when weeks.is_active then 'active'
        when not weeks.is_active then 'inactive'
        else 'unknown'
    end
order by
    ledger.study_week,
    ledger.survey_id,
    ledger.status,
    use
