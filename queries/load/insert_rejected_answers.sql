-- insert_rejected_answers
--
-- Keep survey records that the set of all rows refuses, and the refused answers of wide records; the
-- text is what is stored of them.
-- Grain: one row per refused record, and one per refused answer of a wide record.
-- Reads: answers, files
--
-- Param:  sources               VARCHAR[]  ids of the study's sources
-- Param:  columns               VARCHAR[]  the participant's column in each of them
-- Param:  wide_sources          VARCHAR[]  sources whose records hold several answers
-- Param:  unknown_expected      VARCHAR    what is expected of a participant
-- Param:  conflicting_expected  VARCHAR    what is expected of a second answer
insert into rejected_rows
with

records as (

    select
        file_number,
        source_row,
        min(participant_id) as participant_id,
        min(rule) as rule,
        cast(json_object(
            'participant_id', min(participant_id),
            'answered_at', cast(min(answered_at) as varchar),
            'occasion_id', min(occasion_id),
            'answers', json_group_object(concat(instrument_id, '.', item_id), value)
        ) as varchar) as raw_text
    from answers
    group by
        file_number,
        source_row
    having
        count(*) filter (where status = 'rejected') > 0
        and count(*) filter (where status <> 'rejected' and (value is not null or is_not_applicable)) = 0
        and (
            count(*) filter (where status <> 'rejected') = 0
            or count(*) filter (where value is not null or is_not_applicable) > 0
        )

),

refused as (

    select
        file_number,
        source_row,
        participant_id,
        null as column_name,
        rule,
        raw_text,
        false as is_cell
    from records
    union all
    select
        file_number,
        source_row,
        participant_id,
        concat(instrument_id, '.', item_id) as column_name,
        rule,
        cast(value as varchar) as raw_text,
        true as is_cell
    from answers
    where
        rule = 'conflicting_answer'
        and (value is not null or is_not_applicable)

)

select
    files.file_number,
    files.file_id,
    files.source_id,
    files.path as source_file,
    refused.source_row,
    case
        when refused.is_cell then refused.column_name
        when refused.rule = 'conflicting_answer' then 'answers'
        else list_extract($columns, list_position($sources, files.source_id))
    end as column_name,
    refused.rule,
    case when refused.rule = 'conflicting_answer' then $conflicting_expected else $unknown_expected end as expected,
    refused.raw_text,
    refused.is_cell,
    refused.participant_id
from refused
inner join files
    on refused.file_number = files.file_number
where
    not refused.is_cell
    or list_contains($wide_sources, files.source_id)
