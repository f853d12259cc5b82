-- insert_roster
--
-- Keep the roster rows of a batch that break no rule of their own.
-- Grain: one row per roster row.
-- Reads: judged_roster
--
-- Param:  file_number  INTEGER  the file's number
insert into roster
select
    $file_number as file_number,
    source_row,
    participant_id,
    enrolled_at,
    enrolled_date,
    arm_id,
    site_id,
    withdrawn_at,
    withdrawn_date,
    withdrawal_kind,
    properties,
    'loaded' as status,
    null as rule
from judged_roster
where rule is null
