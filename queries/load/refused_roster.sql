-- refused_roster
--
-- Roster rows of a batch that break a rule.
-- Grain: one row per refused roster row.
-- Reads: judged_roster
--
-- Column: source_row   BIGINT   row of the file
-- Column: participant_id  VARCHAR  the participant, where there is one
-- Column: rule         VARCHAR  the first rule it breaks
-- Column: is_enrolled  BOOLEAN  whether the trouble is the time of enrolment
select
    source_row,
    participant_id,
    rule,
    coalesce(is_enrolled_bad, false) and rule = 'bad_time' as is_enrolled
from judged_roster
where rule is not null
order by source_row
