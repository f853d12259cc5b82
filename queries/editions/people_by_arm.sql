-- people_by_arm
--
-- Participants with their true arm, and what of them is known from the beginning.
-- Grain: one row per participant_id with an arm.
-- Reads: fct_participants
--
-- Column: participant_id  VARCHAR  participant
-- Column: arm_id          VARCHAR  arm
-- Column: site_id         VARCHAR  recruiting centre; NULL when unknown
-- Column: cohort          VARCHAR  month of enrolment; NULL when unknown
-- Column: enrolled_date   DATE     local date of enrolment; NULL when unknown
select
    participant_id,
    arm_id,
    site_id,
    cohort,
    enrolled_date
from fct_participants
where arm_id is not null
order by participant_id
