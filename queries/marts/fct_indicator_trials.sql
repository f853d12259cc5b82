-- fct_indicator_trials
--
-- What each participant had of surveys and sessions missed or late, and what they would have had if each
-- of their surveys or weeks had gone as it goes over all participants: later ones are missed more often.
-- Grain: one row per indicator_id and participant_id with anything that could have happened.
-- Reads: fct_ledger
--
-- Column: indicator_id    VARCHAR  survey_missed, survey_late or session_missed
-- Column: participant_id  VARCHAR  participant
-- Column: n_events        BIGINT   how often it happened
-- Column: n_trials        BIGINT   how often it could have
-- Column: n_expected      DOUBLE   what of these is usual
with

obligations as (

    select
        ledger.participant_id,
        ledger.kind,
        coalesce(ledger.survey_id, cast(ledger.study_week as varchar)) as stratum,
        count(*) filter (where ledger.status = 'missed') as n_missed,
        count(*) filter (where ledger.status = 'late') as n_late,
        count(*) filter (where ledger.status in ('done', 'late')) as n_done
    from fct_ledger as ledger
    group by
        ledger.participant_id,
        ledger.kind,
        stratum

),

counted as (

    select
        case when kind = 'survey' then 'survey_missed' else 'session_missed' end as indicator_id,
        participant_id,
        stratum,
        n_missed as n_events,
        n_missed + n_done as n_trials
    from obligations
    union all
    select
        'survey_late' as indicator_id,
        participant_id,
        stratum,
        n_late as n_events,
        n_done as n_trials
    from obligations
    where kind = 'survey'

),

usual as (

    select
        indicator_id,
        stratum,
        cast(sum(n_events) as double) / sum(n_trials) as share
    from counted
    group by
        indicator_id,
        stratum
    having sum(n_trials) > 0

),

summed as (

    select
        counted.indicator_id,
        counted.participant_id,
        sum(counted.n_events) as n_events,
        sum(counted.n_trials) as n_trials,
        cast(sum(cast(counted.n_trials * usual.share as decimal(28, 12))) as double) as n_expected
    from counted
    inner join usual
        on
            counted.indicator_id = usual.indicator_id
            and counted.stratum = usual.stratum
    group by
        counted.indicator_id,
        counted.participant_id
    having sum(counted.n_trials) > 0

)

select
    indicator_id,
    participant_id,
    cast(n_events as bigint) as n_events,
    cast(n_trials as bigint) as n_trials,
    n_expected
from summed
