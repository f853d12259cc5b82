-- visit_windows
--
-- Each scheduled survey with its window, what became of it, and how long after its due day it was
-- filled in.
-- Grain: one row per survey_id that has become due for somebody.
-- Reads: fct_ledger, fct_participants, dim_surveys, dim_instruments, dim_build
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: survey_id           VARCHAR  scheduled filling-in
-- Column: survey_label        VARCHAR  as the pages name it
-- Column: instrument_label    VARCHAR  instrument
-- Column: study_week          INTEGER  study week in which it is due
-- Column: window_before_days  INTEGER  days before the due day from which on it is in time
-- Column: window_after_days   INTEGER  days after the due day up to which it is in time
-- Column: n_due               BIGINT   participants for whom it has become due
-- Column: done                BIGINT   filled in within the window
-- Column: late                BIGINT   filled in after it
-- Column: open                BIGINT   not filled in, and the window still runs
-- Column: missed              BIGINT   not filled in, and the window is over
-- Column: excused             BIGINT   not filled in, on days that the study file excuses
-- Column: n_closing           BIGINT   of those open, with a window that closes within seven days
-- Column: median_days         DOUBLE   median days from the due day to the filling-in (UTC dates); NULL with none
with

visible as (

    select participant_id
    from fct_participants
    where
        ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and ($participants is null or list_contains(cast($participants as varchar[]), participant_id))

)

select
    dim_surveys.survey_id,
    dim_surveys.label as survey_label,
    dim_instruments.label as instrument_label,
    dim_surveys.study_week,
    dim_surveys.window_before_days,
    dim_surveys.window_after_days,
    cast(count(*) as bigint) as n_due,
    cast(count(*) filter (where ledger.status = 'done') as bigint) as done,
    cast(count(*) filter (where ledger.status = 'late') as bigint) as late,
    cast(count(*) filter (where ledger.status = 'open') as bigint) as open,
    cast(count(*) filter (where ledger.status = 'missed') as bigint) as missed,
    cast(count(*) filter (where ledger.status = 'excused') as bigint) as excused,
    cast(count(*) filter (
        where ledger.status = 'open' and ledger.window_end < dim_build.as_of_date + 7
    ) as bigint) as n_closing,
    median(cast(date_diff('day', ledger.due_date, cast(ledger.done_at as date)) as double)) as median_days
from fct_ledger as ledger
inner join visible
    on ledger.participant_id = visible.participant_id
inner join dim_surveys
    on ledger.survey_id = dim_surveys.survey_id
inner join dim_instruments
    on dim_surveys.instrument_id = dim_instruments.instrument_id
cross join dim_build
where ledger.kind = 'survey'
group by
    dim_surveys.survey_id,
    dim_surveys.label,
    dim_instruments.label,
    dim_surveys.study_week,
    dim_surveys.window_before_days,
    dim_surveys.window_after_days
order by
    instrument_label,
    dim_surveys.study_week,
    dim_surveys.survey_id
