-- fct_survey_counts
--
-- What became of each scheduled survey, by whether the app was used in its week, for the participants
-- whom the filters cannot tell apart.
-- Grain: one row per arm_id, site_id, cohort, survey_id, instrument_id, study_week, status and use.
-- Reads: fct_ledger, fct_participants, fct_participant_weeks
--
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: survey_id       VARCHAR  scheduled filling-in
-- Column: instrument_id   VARCHAR  instrument
-- Column: study_week      INTEGER  study week in which it is due
-- Column: status          VARCHAR  done, late, open, missed or excused
-- Column: use             VARCHAR  'active' or 'inactive' in that week; 'unknown' when not at risk then
-- Column: n_participants  BIGINT   participants for whom the survey ended so
with

ended as (

    select
        people.arm_id,
        people.site_id,
        people.cohort,
        ledger.survey_id,
        ledger.instrument_id,
        ledger.study_week,
        ledger.status,
        case
            when weeks.is_active then 'active'
            when not weeks.is_active then 'inactive'
            else 'unknown'
        end as use
    from fct_ledger as ledger
    inner join fct_participants as people
        on ledger.participant_id = people.participant_id
    left join fct_participant_weeks as weeks
        on
            ledger.participant_id = weeks.participant_id
            and ledger.study_week = weeks.study_week
    where ledger.kind = 'survey'

)

select
    arm_id,
    site_id,
    cohort,
    survey_id,
    instrument_id,
    study_week,
    status,
    use,
    count(*) as n_participants
from ended
group by
    arm_id,
    site_id,
    cohort,
    survey_id,
    instrument_id,
    study_week,
    status,
    use
