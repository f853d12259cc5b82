-- attention
--
-- Everything that somebody should look at today: participants, surveys, files and events.
-- Grain: one row per kind and participant, file or event name.
-- Reads: fct_participants, fct_ledger, fct_receipts, fct_rejections, fct_unmapped_events, dim_build, dim_study
--
-- Param:  sites         VARCHAR[]  sites to look at; NULL for all
-- Param:  arms          VARCHAR[]  arms to look at; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to look at; NULL for all
-- Param:  participants  VARCHAR[]  participants to look at; NULL for all
-- Param:  max_rejected  DOUBLE     share of a file's rows that may be rejected without a word
--
-- Column: kind            VARCHAR  'failed_file', 'no_use', 'never_used', 'overdue_survey', 'rejected_rows', 'clock_skew' or 'unmapped_event'
-- Column: participant_id  VARCHAR  whom it concerns; NULL for files and events
-- Column: subject         VARCHAR  file or event name; NULL for participants
-- Column: n               BIGINT   surveys, rows or events concerned; NULL where one thing is meant
-- Column: n_of            BIGINT   of how many; NULL where there is no whole
-- Column: days            INTEGER  how long already; NULL where time does not matter
with

people as (

    select
        fct_participants.participant_id,
        fct_participants.last_use_date,
        fct_participants.day_zero,
        dim_build.as_of_date,
        dim_study.nonusage_days,
        dim_build.as_of_date < fct_participants.day_zero + 7 * dim_study.planned_weeks as is_in_planned_weeks
    from fct_participants
    cross join dim_build
    cross join dim_study
    where
        fct_participants.withdrawn_date is null
        and ($sites is null or list_contains($sites, fct_participants.site_id))
        and ($arms is null or list_contains($arms, fct_participants.arm_id))
        and ($cohorts is null or list_contains($cohorts, fct_participants.cohort))
        and ($participants is null or list_contains($participants, fct_participants.participant_id))

),

idle as (

    select
        participant_id,
        last_use_date is null as is_unused,
        nonusage_days,
        as_of_date - coalesce(last_use_date, day_zero) as days
    from people
    where is_in_planned_weeks

),

surveys as (

    select
        fct_ledger.participant_id,
        count(*) as n,
        max(people.as_of_date - fct_ledger.due_date) as days
    from fct_ledger
    inner join people
        on fct_ledger.participant_id = people.participant_id
    where
        fct_ledger.kind = 'survey'
        and fct_ledger.status = 'open'
        and fct_ledger.due_date < people.as_of_date
    group by fct_ledger.participant_id

),

skewed as (

    select
        source_file,
        sum(n_rows) as n
    from fct_rejections
    where rule = 'clock_skew'
    group by source_file

),

concerns as (

    select
        case when is_unused then 'never_used' else 'no_use' end as kind,
        participant_id,
        null as subject,
        null as n,
        null as n_of,
        days
    from idle
    where days >= nonusage_days
    union all
    select
        'overdue_survey' as kind,
        participant_id,
        null as subject,
        n,
        null as n_of,
        days
    from surveys
    union all
    select
        case when status = 'failed' then 'failed_file' else 'rejected_rows' end as kind,
        null as participant_id,
        source_file as subject,
        rows_rejected as n,
        rows_read as n_of,
        null as days
    from fct_receipts
    where
        status = 'failed'
        or rows_rejected > $max_rejected * rows_read
    union all
    select
        'clock_skew' as kind,
        null as participant_id,
        source_file as subject,
        n,
        null as n_of,
        null as days
    from skewed
    union all
    select
        'unmapped_event' as kind,
        null as participant_id,
        event_name as subject,
        n_events as n,
        null as n_of,
        null as days
    from fct_unmapped_events

)

select
    cast(kind as varchar) as kind,
    cast(participant_id as varchar) as participant_id,
    cast(subject as varchar) as subject,
    cast(n as bigint) as n,
    cast(n_of as bigint) as n_of,
    cast(days as integer) as days
from concerns
order by
    kind asc,
    days desc nulls last,
    n desc nulls last,
    participant_id asc,
    subject asc
