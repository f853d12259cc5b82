-- done_is_at_most_due
--
-- Weeks in which more was done than was due, or only one of the two is known.
-- Grain: one row per such week.
-- Reads: fct_participant_weeks
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: study_week      INTEGER  study week
select
    participant_id,
    study_week
from fct_participant_weeks
where
    done_sessions > due_sessions
    or (done_sessions is null) <> (due_sessions is null)
