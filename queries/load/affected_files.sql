-- affected_files
--
-- Files of which rows came, went or count otherwise.
-- Grain: one row per file.
-- Reads: changed_files, resolved_events, resolved_answers, resolved_roster
create or replace temp table affected_files as
select file_number
from changed_files
union distinct
select file_number
from resolved_events
union distinct
select file_number
from resolved_answers
union distinct
select file_number
from resolved_roster
