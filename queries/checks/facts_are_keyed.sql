-- facts_are_keyed
--
-- Facts in which a key of the grain stands twice.
-- Grain: one row per mart with a repeated key.
-- Reads: fct_participants, fct_sessions, fct_participant_days, fct_participant_weeks, fct_ledger, fct_adherence
-- Severity: fail
--
-- Column: mart          VARCHAR  table
-- Column: n_violations  BIGINT   keys that stand more than once
with

repeated as (

    select 'fct_participants' as mart
    from fct_participants
    group by participant_id
    having count(*) > 1
    union all
    select 'fct_sessions' as mart
    from fct_sessions
    group by participant_id, session_number
    having count(*) > 1
    union all
    select 'fct_participant_days' as mart
    from fct_participant_days
    group by participant_id, local_date
    having count(*) > 1
    union all
    select 'fct_participant_weeks' as mart
    from fct_participant_weeks
    group by participant_id, study_week
    having count(*) > 1
    union all
    select 'fct_ledger' as mart
    from fct_ledger
    group by obligation_id
    having count(*) > 1
    union all
    select 'fct_adherence' as mart
    from fct_adherence
    group by participant_id, definition_id
    having count(*) > 1

)

select
    mart,
    count(*) as n_violations
from repeated
group by mart
