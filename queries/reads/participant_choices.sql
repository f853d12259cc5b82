-- participant_choices
--
-- The participants that a viewer may open under these filters.
-- Grain: one row per participant.
-- Reads: fct_participants, dim_arms, dim_sites
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
--
-- Column: participant_id  VARCHAR  participant
-- Column: arm_label       VARCHAR  randomised group as the pages name it
-- Column: site_label      VARCHAR  recruiting centre
select
    people.participant_id,
    coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
    coalesce(sites.label, 'Site not known') as site_label
from fct_participants as people
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
order by people.participant_id
