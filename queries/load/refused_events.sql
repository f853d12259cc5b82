-- refused_events
--
-- Events of a batch that break a rule.
-- Grain: one row per refused event.
-- Reads: judged_events
--
-- Column: source_row   BIGINT   row of the file
-- Column: rule         VARCHAR  the first rule it breaks
-- Column: is_own_zone  BOOLEAN  whether the trouble is the row's own time zone
select
    source_row,
    rule,
    is_zone_unknown and rule = 'bad_time' as is_own_zone
from judged_events
where rule is not null
order by source_row
