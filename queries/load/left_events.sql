-- left_events
--
-- Rows of a batch of which no event was kept.
-- Grain: one row per row of a file.
-- Reads: incoming, events
--
-- Param:  first_file  INTEGER  the least of the batch's file numbers
-- Param:  last_file   INTEGER  the greatest of them
-- Param:  first_row   BIGINT   the least of the batch's row numbers
-- Param:  last_row    BIGINT   the greatest of them
--
-- Column: file_number  INTEGER  the file's number
-- Column: source_row   BIGINT   row of the file
with

kept as (

    select
        file_number,
        source_row
    from events
    where
        file_number between $first_file and $last_file
        and source_row between $first_row and $last_row

)

select
    incoming.file_number,
    incoming.source_row
from incoming
anti join kept
    on
        incoming.file_number = kept.file_number
        and incoming.source_row = kept.source_row
