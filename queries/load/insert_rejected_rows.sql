-- insert_rejected_rows
--
-- Keep refused rows with their text.
-- Grain: one row per refused record or answer.
-- Reads: incoming_rejected
--
-- Param:  file_number  INTEGER  the file's number
-- Param:  file_id      VARCHAR  the file's id
-- Param:  source_id    VARCHAR  the source's id
-- Param:  source_file  VARCHAR  the file's path from the study's folder
insert into rejected_rows
select
    $file_number as file_number,
    $file_id as file_id,
    $source_id as source_id,
    $source_file as source_file,
    source_row,
    column_name,
    rule,
    expected,
    raw_text,
    is_cell,
    participant_id
from incoming_rejected
