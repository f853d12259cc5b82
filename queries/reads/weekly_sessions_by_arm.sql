-- weekly_sessions_by_arm
--
-- Sessions done, due and used per arm and study week, with the sums that an interval needs which
-- treats a participant as a cluster. Only weeks that are over are counted, since a week that
-- still runs would lower the share. Those left out are counted in n_incomplete. A week that ended
-- early because the participant left is over.
-- Grain: one row per arm and study week.
-- Reads: fct_participants, dim_build, dim_arms, fct_participant_weeks
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
-- Param:  first_week    INTEGER    first study week to return
-- Param:  last_week     INTEGER    last study week to return
--
-- Column: arm_id              VARCHAR  randomised group; 'unknown' where not recorded
-- Column: arm_label           VARCHAR  as the pages name it
-- Column: arm_position        INTEGER  order of the arms
-- Column: study_week          INTEGER  whole weeks since each participant's day 0
-- Column: n_participants      BIGINT   participants at risk whose week is over
-- Column: n_incomplete        BIGINT   participants whose week still runs; counted nowhere else
-- Column: n_active            BIGINT   participants with at least one session of use
-- Column: n_participants_due  BIGINT   participants with a session due
-- Column: n_due               BIGINT   sessions due, excused ones left out
-- Column: n_done              BIGINT   sessions due that were done
-- Column: sum_done_squared    DOUBLE   sum over participants of done squared
-- Column: sum_done_due        DOUBLE   sum over participants of done times due
-- Column: sum_due_squared     DOUBLE   sum over participants of due squared
-- Column: n_sessions          BIGINT   sessions of use begun, due or not
-- Column: sd_sessions         DOUBLE   spread of n_sessions between participants; NULL below two
with

visible as (

    select
        people.participant_id,
        coalesce(people.arm_id, 'unknown') as arm_id,
        coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
        coalesce(arms.position, 9999) as arm_position,
        coalesce(people.withdrawn_date <= dim_build.as_of_date, false) as has_left
    from fct_participants as people
    cross join dim_build
    left join dim_arms as arms
        on people.arm_id = arms.arm_id
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

),

weeks as (

    select
        visible.arm_id,
        visible.arm_label,
        visible.arm_position,
        fct_participant_weeks.study_week,
        case when fct_participant_weeks.is_complete_week or visible.has_left then 1 else 0 end as n_counted,
        fct_participant_weeks.is_active,
        fct_participant_weeks.n_sessions,
        coalesce(fct_participant_weeks.due_sessions, 0) as due_sessions,
        case
            when fct_participant_weeks.due_sessions > 0
                then coalesce(fct_participant_weeks.done_sessions, 0)
            else 0
        end as done_sessions
    from fct_participant_weeks
    inner join visible
        on fct_participant_weeks.participant_id = visible.participant_id
    where fct_participant_weeks.study_week between $first_week and $last_week

)

select
    arm_id,
    arm_label,
    arm_position,
    study_week,
    cast(sum(n_counted) as bigint) as n_participants,
    cast(sum(1 - n_counted) as bigint) as n_incomplete,
    cast(sum(case when is_active then n_counted else 0 end) as bigint) as n_active,
    cast(sum(case when due_sessions > 0 then n_counted else 0 end) as bigint)
        as n_participants_due,
    cast(sum(n_counted * due_sessions) as bigint) as n_due,
    cast(sum(n_counted * done_sessions) as bigint) as n_done,
    cast(sum(n_counted * done_sessions * done_sessions) as double) as sum_done_squared,
    cast(sum(n_counted * done_sessions * due_sessions) as double) as sum_done_due,
    cast(sum(n_counted * due_sessions * due_sessions) as double) as sum_due_squared,
    cast(sum(n_counted * n_sessions) as bigint) as n_sessions,
    stddev_samp(case when n_counted = 1 then n_sessions end) as sd_sessions
from weeks
group by
    arm_id,
    arm_label,
    arm_position,
    study_week
order by
    arm_position,
    arm_id,
    study_week
