-- scale_switches
--
-- Dimensions that a participant is asked of with another scale by now: one of the dimension's further
-- scales was filled in after the last score on the primary one, never before it, and no survey with the
-- primary one is still to come. Where two scales are asked side by side nothing is switched.
-- Grain: one row per participant_id and dimension_id that was switched.
-- Reads: fct_participants, fct_scale_switches
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  participant   VARCHAR    the one participant to return; NULL = all
--
-- Column: participant_id  VARCHAR  participant
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: new_scale       VARCHAR  the scale that is asked now
-- Column: switched_date   DATE     local date of its first score
-- Column: switched_day    BIGINT   that date as whole days since day 0
select
    switches.participant_id,
    switches.dimension_id,
    switches.new_scale,
    switches.switched_date,
    switches.switched_day
from fct_scale_switches as switches
inner join fct_participants as people
    on switches.participant_id = people.participant_id
where
    ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
    and (cast($participant as varchar) is null or people.participant_id = $participant)
order by
    switches.participant_id,
    switches.dimension_id
