-- last_receipts
--
-- How each file that the loader holds stood at the end of the last load.
-- Grain: one row per file.
-- Reads: files, receipts, loads
--
-- Column: file_id   VARCHAR the file's id
-- Column: source_id VARCHAR its source
-- Column: path      VARCHAR path from the study's folder
-- Column: status    VARCHAR what the last load did with it, as said then
-- Column: message   VARCHAR what was said of it
with

ranked as (

    select
        receipts.*,
        row_number() over (partition by receipts.file_id order by loads.load_number desc) as place
    from receipts
    inner join loads
        on receipts.load_id = loads.load_id

)

select
    files.file_id,
    files.source_id,
    files.path,
    coalesce(ranked.status, files.status) as status,
    coalesce(ranked.message, files.message) as message
from files
left join ranked
    on
        files.file_id = ranked.file_id
        and ranked.place = 1
order by files.file_id
