-- attrition_days
--
-- Days to the end of use and to the end of taking part, whichever weeks a page shows.
-- Grain: one row per participant.
-- Reads: fct_participants, dim_arms
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  is_masked     BOOLEAN    name arms by their masked label
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group; 'unknown' where not recorded
-- Column: arm_label          VARCHAR  as the pages name it
-- Column: arm_position       INTEGER  order of the arms
-- Column: is_starter         BOOLEAN  used the app at least once
-- Column: nonusage_day       INTEGER  day after the last use, or the day until which it was seen
-- Column: is_nonusage_event  BOOLEAN  use ended, as the study file defines it
-- Column: dropout_day        INTEGER  day of leaving the study, or the last day it was seen
-- Column: is_dropout_event   BOOLEAN  left the study
select
    people.participant_id,
    coalesce(people.arm_id, 'unknown') as arm_id,
    coalesce(case when $is_masked then arms.masked_label else arms.label end, 'Arm not known') as arm_label,
    coalesce(arms.position, 9999) as arm_position,
    people.is_starter,
    people.nonusage_day,
    people.is_nonusage_event,
    people.dropout_day,
    people.is_dropout_event
from fct_participants as people
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
order by people.participant_id
