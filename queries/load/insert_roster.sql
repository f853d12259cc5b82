-- insert_roster
--
-- Keep the roster rows of a batch that break no rule of their own.
-- Grain: one row per roster row.
-- Reads: judged_roster
--
-- Param:  file_id      VARCHAR  the file's id
-- Param:  source_id    VARCHAR  the source's id
-- Param:  source_file  VARCHAR  the file's path from the study's folder
insert into roster
select
    $file_id as file_id,
    $source_id as source_id,
    $source_file as source_file,
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
