-- insert_erased_records
--
-- Note where records were erased, so that receipts go on adding up: place and rule, nothing else.
-- Grain: one row per record.
-- Reads: erased_records, files
--
-- Param: expected VARCHAR   what is expected instead
-- Param: sources  VARCHAR[] ids of the study's sources
-- Param: columns  VARCHAR[] their participants' columns
insert into rejected_rows
select
    files.file_number,
    files.file_id,
    files.source_id,
    files.path as source_file,
    erased_records.source_row,
    list_extract($columns, list_position($sources, files.source_id)) as column_name,
    'erased_participant' as rule,
    $expected as expected,
    null as raw_text,
    false as is_cell,
    null as participant_id
from erased_records
inner join files
    on erased_records.file_number = files.file_number
order by
    files.file_number,
    erased_records.source_row
