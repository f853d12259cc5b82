-- insert_answers
--
-- Keep the answers of the records that stand.
-- Grain: one row per answer, blank ones too.
-- Reads: judged_answers, answer_rows
--
-- Param:  file_number  INTEGER  the file's number
insert into answers
select
    $file_number as file_number,
    judged_answers.source_row,
    judged_answers.participant_id,
    judged_answers.instrument_id,
    judged_answers.item_id,
    judged_answers.occasion_id,
    judged_answers.answered_at,
    judged_answers.time_zone,
    judged_answers.local_date,
    judged_answers.value,
    judged_answers.is_not_applicable,
    md5(concat_ws(
        chr(31),
        judged_answers.participant_id,
        judged_answers.instrument_id,
        judged_answers.item_id,
        coalesce(concat('o:', judged_answers.occasion_id), ''),
        case
            when judged_answers.occasion_id is null then concat('t:', cast(judged_answers.answered_at as varchar))
            else ''
        end
    )) as dedupe_key,
    'loaded' as status,
    null as rule
from judged_answers
inner join answer_rows
    on judged_answers.source_row = answer_rows.source_row
where
    not answer_rows.is_rejected
    and judged_answers.cell_rule is null
