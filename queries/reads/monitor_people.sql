-- monitor_people
--
-- What became of each participant: start, use, due sessions and surveys, withdrawal, scores. From
-- these the Monitor page counts its flow, the facets of adherence and the reporting metrics. A day
-- is over when it lies before the as-of day. The programme is what the arm is meant to do in the
-- planned weeks; its end and the follow-up's are counted from day 0.
-- Grain: one row per participant_id.
-- Reads: fct_participants, fct_participant_totals, fct_adherence, dim_adherence, dim_arms, dim_intended_use, dim_surveys, dim_study, dim_build
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
--
-- Column: participant_id       VARCHAR  participant
-- Column: arm_id               VARCHAR  randomised group; 'unknown' where not recorded
-- Column: arm_label            VARCHAR  as the pages name it
-- Column: arm_position         INTEGER  order of the arms
-- Column: is_begun             BOOLEAN  day 0 is known and the data reach it
-- Column: is_first_week_over   BOOLEAN  seven days from day 0 on are over
-- Column: is_starter           BOOLEAN  any use from day 0 on; NULL before day 0
-- Column: is_nonusage_event    BOOLEAN  silent at the end of observation; NULL before day 0
-- Column: nonusage_day         INTEGER  first study day of the silence, or day of censoring
-- Column: withdrawal_kind      VARCHAR  what the withdrawal ended; 'not stated' without a kind; NULL while taking part
-- Column: has_follow_up        BOOLEAN  not withdrawn, or from the app alone
-- Column: is_programme_over    BOOLEAN  the planned weeks are over, for those who withdrew too
-- Column: is_follow_up_over    BOOLEAN  the last study week is over, for those who withdrew too
-- Column: n_sessions           BIGINT   sessions of use in the planned weeks
-- Column: n_active_days        BIGINT   days with use in the planned weeks
-- Column: active_s             DOUBLE   seconds of use in the planned weeks; NULL where hidden
-- Column: n_planned            BIGINT   sessions of the programme; NULL without intended use
-- Column: n_excused_sessions   BIGINT   of these, excused
-- Column: n_done               BIGINT   of these, done so far
-- Column: n_over               BIGINT   sessions due whose week is over, excused ones left out
-- Column: n_over_in_use        BIGINT   of these, due while the participant used the app
-- Column: n_done_in_use        BIGINT   of these, done
-- Column: n_surveys_over       BIGINT   surveys whose window is over, excused ones left out
-- Column: n_surveys_filled     BIGINT   of these, filled in, be it late
-- Column: n_surveys_open       BIGINT   surveys that can still be filled in in time
-- Column: is_last_filled       BOOLEAN  the last scheduled survey was filled in; NULL while nobody can say
-- Column: n_scores             BIGINT   filled-in surveys with a score of a dimension
-- Column: is_adherent          BOOLEAN  by the first definition; NULL when it cannot be judged
with

people as (

    select
        people.*,
        coalesce(people.arm_id, 'unknown') as shown_arm_id,
        coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known')
            as arm_label,
        coalesce(arms.position, 9999) as arm_position,
        dim_build.as_of_date,
        coalesce(people.day_zero <= dim_build.as_of_date, false) as is_begun,
        coalesce(people.day_zero + 6 < dim_build.as_of_date, false) as is_first_week_over,
        coalesce(people.day_zero + cast(7 * dim_study.planned_weeks - 1 as integer) < dim_build.as_of_date, false)
            as is_programme_over,
        coalesce(people.day_zero + cast(7 * dim_study.last_week + 6 as integer) < dim_build.as_of_date, false)
            as is_follow_up_over
    from fct_participants as people
    cross join dim_build
    cross join dim_study
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

planned as (

    select
        arm_id,
        sum(due_sessions) as n_planned
    from dim_intended_use
    cross join dim_study
    where dim_intended_use.study_week < dim_study.planned_weeks
    group by arm_id

),

last_surveys as (

    select survey_id
    from dim_surveys
    where study_week = (select max(latest.study_week) from dim_surveys as latest)

),

judged as (

    select
        participant_id,
        is_adherent
    from fct_adherence
    inner join dim_adherence
        on fct_adherence.definition_id = dim_adherence.definition_id
    where
        fct_adherence.is_evaluable
        and dim_adherence.position = (select min(first.position) from dim_adherence as first)

)

select
    people.participant_id,
    people.shown_arm_id as arm_id,
    people.arm_label,
    cast(people.arm_position as integer) as arm_position,
    people.is_begun,
    people.is_first_week_over,
    people.is_starter,
    people.is_nonusage_event,
    people.nonusage_day,
    case
        when people.withdrawn_date is not null then coalesce(people.withdrawal_kind, 'not stated')
    end as withdrawal_kind,
    (people.withdrawn_date is null or coalesce(people.withdrawal_kind = 'stopped_app', false)) as has_follow_up,
    people.is_programme_over,
    people.is_follow_up_over,
    totals.n_sessions,
    totals.n_active_days,
    totals.active_s,
    cast(planned.n_planned as bigint) as n_planned,
    totals.n_excused_sessions,
    totals.n_done,
    totals.n_over,
    totals.n_over_in_use,
    totals.n_done_in_use,
    totals.n_surveys_over,
    totals.n_surveys_filled,
    totals.n_surveys_open,
    case
        when totals.n_last_filled > 0 then true
        when totals.n_last_missed > 0 then false
        when people.is_follow_up_over and (select count(*) from last_surveys) > 0 then false
    end as is_last_filled,
    totals.n_scores,
    judged.is_adherent
from people
inner join fct_participant_totals as totals
    on people.participant_id = totals.participant_id
left join planned
    on coalesce(people.arm_id, '') = coalesce(planned.arm_id, '')
left join judged
    on people.participant_id = judged.participant_id
order by
    people.arm_position,
    people.shown_arm_id,
    people.participant_id
