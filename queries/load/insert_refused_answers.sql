-- insert_refused_answers
--
-- Keep the records that do not stand with their text, and the refused answers of wide records.
-- Grain: one row per refused record, and one per refused answer of a wide record.
-- Reads: judged_answers, answer_rows, row_texts
--
-- Param:  file_number         INTEGER  the file's number
-- Param:  file_id             VARCHAR  the file's id
-- Param:  source_id           VARCHAR  the source's id
-- Param:  source_file         VARCHAR  the file's path from the study's folder
-- Param:  is_wide             BOOLEAN  whether a record holds several answers
-- Param:  participant_column  VARCHAR  the participant's column
-- Param:  time_column         VARCHAR  the time's column
-- Param:  zone_column         VARCHAR  the time zone's column, or NULL
-- Param:  instrument_column   VARCHAR  long files: the instrument's column, or NULL
-- Param:  item_column         VARCHAR  long files: the item's column, or NULL
-- Param:  time_expected       VARCHAR  what is expected of a time
-- Param:  erased_expected     VARCHAR  what is expected of a participant
insert into rejected_rows
with

ranked as (

    select
        judged_answers.*,
        answer_rows.is_rejected,
        row_number() over (
            partition by judged_answers.source_row
            order by judged_answers.cell_rule is null, judged_answers.column_name, judged_answers.item_id
        ) as place
    from judged_answers
    inner join answer_rows
        on judged_answers.source_row = answer_rows.source_row
    where
        answer_rows.is_rejected
        or judged_answers.cell_rule is not null

),

refused as (

    select
        source_row,
        case row_rule
            when 'missing_participant' then $participant_column
            when 'erased_participant' then $participant_column
            when 'bad_time' then case when is_own_zone then $zone_column else $time_column end
            else case cell_rule
                when 'unknown_instrument' then coalesce($instrument_column, column_name)
                when 'unknown_item' then coalesce($item_column, column_name)
                else column_name
            end
        end as column_name,
        coalesce(row_rule, cell_rule) as rule,
        case row_rule
            when 'missing_participant' then 'a participant id'
            when 'bad_time' then $time_expected
            when 'erased_participant' then $erased_expected
            else expected
        end as expected,
        false as is_cell,
        null as answer,
        participant_id
    from ranked
    where
        is_rejected
        and place = 1
    union all
    select
        source_row,
        column_name,
        cell_rule as rule,
        expected,
        true as is_cell,
        answer,
        participant_id
    from ranked
    where
        $is_wide
        and row_rule is null
        and cell_rule is not null

)

select
    $file_number as file_number,
    $file_id as file_id,
    $source_id as source_id,
    $source_file as source_file,
    refused.source_row,
    refused.column_name,
    refused.rule,
    refused.expected,
    case
        when refused.rule = 'erased_participant' then null
        when refused.is_cell then refused.answer
        else row_texts.raw_text
    end as raw_text,
    refused.is_cell,
    refused.participant_id
from refused
inner join row_texts
    on refused.source_row = row_texts.source_row
