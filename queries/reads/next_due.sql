-- next_due
--
-- The next session and the next survey of each participant, or the first that is overdue: past its due
-- day, with a window that is still open. Nothing is due after a withdrawal, but for surveys after one
-- that only ended the use of the app.
-- Grain: one row per participant_id and kind with anything due.
-- Reads: fct_participants, fct_next_due
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  participant   VARCHAR    the one participant to return; NULL = all
--
-- Column: participant_id  VARCHAR  participant
-- Column: kind            VARCHAR  session or survey
-- Column: survey_label    VARCHAR  name of the scheduled filling-in; NULL for sessions
-- Column: due_date        DATE     local due date; for sessions the last day of the week
-- Column: window_end      DATE     last local date that counts as in time
-- Column: is_overdue      BOOLEAN  past its due date, and can still be done
-- Column: n_overdue       BIGINT   how many of the kind are overdue
select
    due.participant_id,
    due.kind,
    due.survey_label,
    due.due_date,
    due.window_end,
    due.is_overdue,
    due.n_overdue
from fct_next_due as due
inner join fct_participants as people
    on due.participant_id = people.participant_id
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
    due.participant_id,
    due.kind
