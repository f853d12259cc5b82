-- answer_rows
--
-- Which records of a survey file stand: those with an answer that stands, and those left blank.
-- Grain: one row per record.
-- Reads: judged_answers
create or replace temp table answer_rows as
select
    source_row,
    min(row_rule) as row_rule,
    min(row_rule) is not null
    or (
        count(cell_rule) > 0
        and count(*) filter (where is_answered and cell_rule is null) = 0
    ) as is_rejected
from judged_answers
group by source_row
