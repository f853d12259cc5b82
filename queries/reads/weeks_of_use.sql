-- weeks_of_use
--
-- Weeks at risk with sessions begun, due and done.
-- Grain: one row per participant_id and study_week.
-- Reads: fct_participant_weeks
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: participant_id    VARCHAR  participant
-- Column: study_week        INTEGER  study week
-- Column: week_start        DATE     its first day
-- Column: is_complete_week  BOOLEAN  all seven days are in the data and in the participant's time
-- Column: n_sessions        BIGINT   sessions begun
-- Column: due_sessions      BIGINT   sessions due and not excused; NULL without intended use
-- Column: done_sessions     BIGINT   of these, done; NULL without intended use
select
    people.participant_id,
    people.study_week,
    people.week_start,
    people.is_complete_week,
    people.n_sessions,
    people.due_sessions,
    people.done_sessions
from fct_participant_weeks as people
where
    (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    people.participant_id,
    people.study_week
