-- fct_participant_totals
--
-- What each participant did over the whole study, added up: use in the planned weeks, what was due and
-- what became of it, scores. In use is what was due between the first day of use and the last, or the end
-- for those who still use the app.
-- Grain: one row per participant_id.
-- Reads: fct_participants, fct_participant_weeks, fct_ledger, fct_dimension_scores, fct_scores, dim_surveys
--
-- Column: participant_id      VARCHAR  participant
-- Column: n_sessions          BIGINT   sessions of use in the planned weeks
-- Column: n_active_days       BIGINT   days with use in the planned weeks
-- Column: active_s            DOUBLE   seconds of use in the planned weeks; NULL where hidden
-- Column: n_excused_sessions  BIGINT   sessions due that were excused
-- Column: n_done              BIGINT   sessions due, done so far
-- Column: n_over              BIGINT   sessions due whose week is over, excused ones left out
-- Column: n_over_in_use       BIGINT   of these, due while the participant used the app
-- Column: n_done_in_use       BIGINT   of these, done
-- Column: n_surveys_over      BIGINT   surveys whose window is over, excused ones left out
-- Column: n_surveys_filled    BIGINT   of these, filled in, be it late
-- Column: n_surveys_open      BIGINT   surveys that can still be filled in in time
-- Column: n_last_filled       BIGINT   surveys of the last scheduled week, filled in
-- Column: n_last_missed       BIGINT   surveys of the last scheduled week, missed
-- Column: n_scores            BIGINT   filled-in surveys with a score of a dimension
-- Column: last_answer_date    DATE     local date of the last filling-in of any instrument; NULL if none
with

use_in_weeks as (

    select
        participant_id,
        sum(n_sessions) as n_sessions,
        sum(n_active_days) as n_active_days,
        case when count(active_s) = count(*) then cast(sum(cast(active_s as decimal(18, 6))) as double) end as active_s
    from fct_participant_weeks
    group by participant_id

),

last_surveys as (

    select survey_id
    from dim_surveys
    where study_week = (select max(latest.study_week) from dim_surveys as latest)

),

obligations as (

    select
        ledger.participant_id,
        ledger.kind,
        ledger.status,
        coalesce(
            ledger.window_end >= people.first_use_date
            and (not people.is_nonusage_event or ledger.window_start <= people.last_use_date),
            false
        ) as is_in_use,
        last_surveys.survey_id is not null as is_last
    from fct_ledger as ledger
    inner join fct_participants as people
        on ledger.participant_id = people.participant_id
    left join last_surveys
        on ledger.survey_id = last_surveys.survey_id

),

due as (

    select
        participant_id,
        count(*) filter (where kind = 'session' and status = 'excused') as n_excused_sessions,
        count(*) filter (where kind = 'session' and status in ('done', 'late')) as n_done,
        count(*) filter (where kind = 'session' and status in ('done', 'late', 'missed')) as n_over,
        count(*) filter (where kind = 'session' and status in ('done', 'late', 'missed') and is_in_use)
            as n_over_in_use,
        count(*) filter (where kind = 'session' and status in ('done', 'late') and is_in_use)
            as n_done_in_use,
        count(*) filter (where kind = 'survey' and status in ('done', 'late', 'missed'))
            as n_surveys_over,
        count(*) filter (where kind = 'survey' and status in ('done', 'late')) as n_surveys_filled,
        count(*) filter (where kind = 'survey' and status = 'open') as n_surveys_open,
        count(*) filter (where kind = 'survey' and is_last and status in ('done', 'late'))
            as n_last_filled,
        count(*) filter (where kind = 'survey' and is_last and status = 'missed') as n_last_missed
    from obligations
    group by participant_id

),

scored as (

    select
        participant_id,
        count(distinct occasion_id) as n_scores
    from fct_dimension_scores
    where score is not null
    group by participant_id

),

answered as (

    select
        participant_id,
        max(local_date) as last_answer_date
    from fct_scores
    group by participant_id

)

select
    people.participant_id,
    cast(coalesce(use_in_weeks.n_sessions, 0) as bigint) as n_sessions,
    cast(coalesce(use_in_weeks.n_active_days, 0) as bigint) as n_active_days,
    case
        when use_in_weeks.participant_id is null then cast(0 as double) else use_in_weeks.active_s
    end as active_s,
    coalesce(due.n_excused_sessions, 0) as n_excused_sessions,
    coalesce(due.n_done, 0) as n_done,
    coalesce(due.n_over, 0) as n_over,
    coalesce(due.n_over_in_use, 0) as n_over_in_use,
    coalesce(due.n_done_in_use, 0) as n_done_in_use,
    coalesce(due.n_surveys_over, 0) as n_surveys_over,
    coalesce(due.n_surveys_filled, 0) as n_surveys_filled,
    coalesce(due.n_surveys_open, 0) as n_surveys_open,
    coalesce(due.n_last_filled, 0) as n_last_filled,
    coalesce(due.n_last_missed, 0) as n_last_missed,
    coalesce(scored.n_scores, 0) as n_scores,
    answered.last_answer_date
from fct_participants as people
left join use_in_weeks
    on people.participant_id = use_in_weeks.participant_id
left join due
    on people.participant_id = due.participant_id
left join scored
    on people.participant_id = scored.participant_id
left join answered
    on people.participant_id = answered.participant_id
