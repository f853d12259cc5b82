-- ledger_session_weeks
--
-- What was due and done in every week that a participant was at risk: the session grid.
-- A week's status counts excused sessions as not due. Sessions done after their window are done
-- late. A week with nothing left to be due is 'nothing_due', or 'excused' where something was.
-- Grain: one row per participant and study week at risk.
-- Reads: fct_participants, dim_build, dim_arms, dim_sites, fct_participant_weeks, fct_ledger
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
-- Column: participant_id    VARCHAR  participant
-- Column: arm_label         VARCHAR  randomised group as the pages name it
-- Column: site_label        VARCHAR  recruiting centre
-- Column: site_position     INTEGER  order of the recruiting centres
-- Column: enrolled_date     DATE     local date of enrolment; NULL when unknown
-- Column: study_week        INTEGER  whole weeks since the participant's day 0
-- Column: week_start        DATE     first local day of the week
-- Column: is_running_week   BOOLEAN  days of the week are still to come, and the participant is in
-- Column: n_sessions        BIGINT   sessions of use begun in the week
-- Column: n_due             BIGINT   sessions due, excused ones left out
-- Column: n_done            BIGINT   sessions due that were done, in time or late
-- Column: n_late            BIGINT   of these, done after their window
-- Column: n_open            BIGINT   sessions due that can still be done in time
-- Column: n_missed          BIGINT   sessions due that were not done in their window
-- Column: n_excused         BIGINT   sessions that an excused day took away
-- Column: status            VARCHAR  done, partly, missed, open, excused or nothing_due
with

visible as (

    select
        people.participant_id,
        coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
        coalesce(sites.label, 'Site not known') as site_label,
        coalesce(sites.position, 9999) as site_position,
        people.enrolled_date,
        coalesce(people.withdrawn_date <= dim_build.as_of_date, false) as has_left
    from fct_participants as people
    cross join dim_build
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

obligations as (

    select
        participant_id,
        study_week,
        cast(sum(case when status <> 'excused' then 1 else 0 end) as bigint) as n_due,
        cast(sum(case when status in ('done', 'late') then 1 else 0 end) as bigint) as n_done,
        cast(sum(case when status = 'late' then 1 else 0 end) as bigint) as n_late,
        cast(sum(case when status = 'open' then 1 else 0 end) as bigint) as n_open,
        cast(sum(case when status = 'missed' then 1 else 0 end) as bigint) as n_missed,
        cast(sum(case when status = 'excused' then 1 else 0 end) as bigint) as n_excused
    from fct_ledger
    where
        kind = 'session'
        and (cast($shown as varchar[]) is null or list_contains(cast($shown as varchar[]), participant_id))
    group by
        participant_id,
        study_week

),

weeks as (

    select
        visible.participant_id,
        visible.arm_label,
        visible.site_label,
        visible.site_position,
        visible.enrolled_date,
        fct_participant_weeks.study_week,
        fct_participant_weeks.week_start,
        not fct_participant_weeks.is_complete_week and not visible.has_left as is_running_week,
        fct_participant_weeks.n_sessions,
        coalesce(obligations.n_due, 0) as n_due,
        coalesce(obligations.n_done, 0) as n_done,
        coalesce(obligations.n_late, 0) as n_late,
        coalesce(obligations.n_open, 0) as n_open,
        coalesce(obligations.n_missed, 0) as n_missed,
        coalesce(obligations.n_excused, 0) as n_excused
    from visible
    inner join fct_participant_weeks
        on visible.participant_id = fct_participant_weeks.participant_id
    left join obligations
        on
            fct_participant_weeks.participant_id = obligations.participant_id
            and fct_participant_weeks.study_week = obligations.study_week
    where fct_participant_weeks.study_week between $first_week and $last_week

)

select
    *,
    case
        when n_due = 0 and n_excused > 0 then 'excused'
        when n_due = 0 then 'nothing_due'
        when n_done = n_due then 'done'
        when n_done > 0 then 'partly'
        when n_open > 0 then 'open'
        else 'missed'
    end as status
from weeks
order by
    participant_id,
    study_week
