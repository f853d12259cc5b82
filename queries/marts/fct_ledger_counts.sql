-- fct_ledger_counts
--
-- What was due and what became of it, for the participants whom the filters cannot tell apart. The rows of
-- kind 'any' count participants instead: `previous_week` is the week before in which they had something
-- due, so that whoever had something due in any week from a to b is counted once, in the rows of those
-- weeks whose previous week is none or before a.
-- Grain: one row per arm_id, site_id, cohort, kind, status, study_week and previous_week.
-- Reads: fct_ledger, fct_participants
--
-- Column: arm_id         VARCHAR  randomised group
-- Column: site_id        VARCHAR  recruiting centre
-- Column: cohort         VARCHAR  month of enrolment
-- Column: kind           VARCHAR  session or survey; 'any' for participants with either
-- Column: status         VARCHAR  done, late, open, missed or excused; NULL for kind 'any'
-- Column: study_week     INTEGER  study week in which it is due
-- Column: previous_week  INTEGER  for kind 'any': their last week before; NULL = none
-- Column: n_due          BIGINT   obligations; participants for kind 'any'
with

due as (

    select
        people.arm_id,
        people.site_id,
        people.cohort,
        ledger.participant_id,
        ledger.kind,
        ledger.status,
        ledger.study_week
    from fct_ledger as ledger
    inner join fct_participants as people
        on ledger.participant_id = people.participant_id

),

own as (

    select
        arm_id,
        site_id,
        cohort,
        participant_id,
        study_week
    from due
    group by
        arm_id,
        site_id,
        cohort,
        participant_id,
        study_week

),

placed as (

    select
        arm_id,
        site_id,
        cohort,
        'any' as kind,
        cast(null as varchar) as status,
        study_week,
        lag(study_week) over (partition by participant_id order by study_week) as previous_week
    from own

),

counted as (

    select
        arm_id,
        site_id,
        cohort,
        kind,
        status,
        study_week,
        cast(null as integer) as previous_week
    from due
    union all
    select
        arm_id,
        site_id,
        cohort,
        kind,
        status,
        study_week,
        previous_week
    from placed

)

select
    arm_id,
    site_id,
    cohort,
    kind,
    status,
    study_week,
    previous_week,
    count(*) as n_due
from counted
group by
    arm_id,
    site_id,
    cohort,
    kind,
    status,
    study_week,
    previous_week
