-- people_in_care
--
-- Who somebody looks after, and up to where their data reach; nothing of the arm.
-- Grain: one row per participant_id.
-- Reads: fct_participants, fct_participant_totals, fct_use_limits, dim_sites, dim_build, dim_study
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  participant   VARCHAR    the one participant to return; NULL = all
--
-- Column: participant_id    VARCHAR  participant
-- Column: site_label        VARCHAR  recruiting centre
-- Column: enrolled_date     DATE     local date of enrolment; NULL when unknown
-- Column: day_zero          DATE     first day of the participant's study time; NULL when unknown
-- Column: withdrawn_date    DATE     local date of leaving; NULL when it is not known of any
-- Column: withdrawal_kind   VARCHAR  how the participant left; NULL when not
-- Column: last_use_date     DATE     last day of use from day 0 on; NULL without use
-- Column: last_answer_date  DATE     last day of a survey; NULL without any
-- Column: as_of_date        DATE     where the data end
-- Column: planned_weeks     INTEGER  weeks of intended use, from study week 0
-- Column: last_shown_date   DATE     last day of which use is shown; NULL where all is
with

people as (

    select
        participant_id,
        site_id,
        enrolled_date,
        day_zero,
        withdrawn_date,
        withdrawal_kind,
        last_use_date
    from fct_participants
    where
        ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )
        and (cast($participant as varchar) is null or participant_id = $participant)

)

select
    people.participant_id,
    coalesce(sites.label, 'Site not known') as site_label,
    people.enrolled_date,
    people.day_zero,
    people.withdrawn_date,
    people.withdrawal_kind,
    people.last_use_date,
    totals.last_answer_date,
    dim_build.as_of_date,
    dim_study.planned_weeks,
    limits.last_shown_date
from people
left join fct_participant_totals as totals
    on people.participant_id = totals.participant_id
left join dim_sites as sites
    on people.site_id = sites.site_id
left join fct_use_limits as limits
    on people.participant_id = limits.participant_id
cross join dim_build
cross join dim_study
order by people.participant_id
