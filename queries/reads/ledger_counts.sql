-- ledger_counts
--
-- How many obligations of each kind have each status.
-- Grain: one row per kind and status with any.
-- Reads: fct_ledger, fct_participants
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: kind            VARCHAR  session or survey
-- Column: status          VARCHAR  done, late, open, missed or excused
-- Column: n_due           BIGINT   obligations
-- Column: n_participants  BIGINT   participants with anything due, of whichever kind and status
with

due as (

    select
        ledger.kind,
        ledger.status,
        ledger.participant_id
    from fct_ledger as ledger
    inner join fct_participants as people
        on ledger.participant_id = people.participant_id
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )
        and ledger.study_week between $first_week and $last_week

)

select
    kind,
    status,
    count(*) as n_due,
    (select count(distinct everybody.participant_id) from due as everybody) as n_participants
from due
group by
    kind,
    status
order by
    kind,
    status
