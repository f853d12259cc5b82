-- weeks_have_no_gap
--
-- Participants whose weeks at risk do not run from 0 without a gap.
-- Grain: one row per participant with a gap.
-- Reads: fct_participant_weeks, fct_participants
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: n_weeks         BIGINT   weeks present
-- Column: last_week       INTEGER  last week present
select
    weeks.participant_id,
    count(*) as n_weeks,
    max(weeks.study_week) as last_week
from fct_participant_weeks as weeks
inner join fct_participants as participants
    on weeks.participant_id = participants.participant_id
group by
    weeks.participant_id,
    participants.weeks_at_risk
having
    count(*) <> max(weeks.study_week) + 1
    or min(weeks.study_week) <> 0
    or count(*) <> participants.weeks_at_risk
