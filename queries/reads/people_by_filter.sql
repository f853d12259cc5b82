-- people_by_filter
--
-- How many participants each combination of the filters' choices leaves.
-- Grain: one row per site_id, arm_id and cohort with a participant.
-- Reads: fct_participants
--
-- Param:  sites         VARCHAR[]  sites that the viewer may see; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: site_id         VARCHAR  recruiting centre; NULL when unknown
-- Column: arm_id          VARCHAR  randomised group; NULL when unknown
-- Column: cohort          VARCHAR  month of enrolment; NULL when unknown
-- Column: n_participants  BIGINT   participants
select
    site_id,
    arm_id,
    cohort,
    count(*) as n_participants
from fct_participants
where
    ($sites is null or list_contains(cast($sites as varchar[]), site_id))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), participant_id)
    )
group by
    site_id,
    arm_id,
    cohort
order by
    site_id,
    arm_id,
    cohort
