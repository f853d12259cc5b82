-- delete_erased_rejected_rows
--
-- Take the refused records and answers of whoever is erased out of `rejected_rows`, with their text.
-- Grain: one row per row of theirs.
-- Reads: rejected_rows, erased_records
delete from rejected_rows
where exists (
    select 1
    from erased_records
    where
        erased_records.file_number = rejected_rows.file_number
        and erased_records.source_row = rejected_rows.source_row
)
