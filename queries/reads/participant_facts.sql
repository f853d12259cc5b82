-- participant_facts
--
-- What the head of a participant's page says.
-- Grain: one row, or none when the viewer or the filters leave the participant out.
-- Reads: fct_participants, dim_arms, dim_sites, dim_build, dim_study
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
-- Param:  participant   VARCHAR    the one participant to return
--
-- Column: participant_id   VARCHAR  participant
-- Column: arm_label        VARCHAR  randomised group as the pages name it
-- Column: site_label       VARCHAR  recruiting centre
-- Column: enrolled_date    DATE     local date of enrolment; NULL when unknown
-- Column: day_zero         DATE     first day of the participant's study time
-- Column: withdrawn_date   DATE     local date of leaving; NULL when it is not known of any
-- Column: withdrawal_kind  VARCHAR  how the participant left; NULL when not
-- Column: weeks_at_risk    INTEGER  study weeks begun
-- Column: first_use_date   DATE     local date of the first event; NULL without use
-- Column: last_use_date    DATE     local date of the last event; NULL without use
-- Column: n_sessions       BIGINT   sessions of use
-- Column: n_active_days    BIGINT   days with use
-- Column: as_of_date       DATE     where the data end
-- Column: planned_weeks    INTEGER  weeks of intended use, from study week 0
-- Column: nonusage_days    INTEGER  days without use after which use counts as ended
select
    people.participant_id,
    coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
    coalesce(sites.label, 'Site not known') as site_label,
    people.enrolled_date,
    people.day_zero,
    people.withdrawn_date,
    people.withdrawal_kind,
    people.weeks_at_risk,
    people.first_use_date,
    people.last_use_date,
    people.n_sessions,
    people.n_active_days,
    dim_build.as_of_date,
    dim_study.planned_weeks,
    dim_study.nonusage_days
from fct_participants as people
left join dim_arms as arms
    on people.arm_id = arms.arm_id
left join dim_sites as sites
    on people.site_id = sites.site_id
cross join dim_build
cross join dim_study
where
    people.participant_id = $participant
    and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
