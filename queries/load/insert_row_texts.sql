-- insert_row_texts
--
-- Put the text of a batch's rows aside.
-- Grain: one row per record.
-- Reads: incoming_texts
insert into row_texts
select
    source_row,
    raw_text
from incoming_texts
