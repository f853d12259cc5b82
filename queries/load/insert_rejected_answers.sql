-- insert_rejected_answers
--
-- Keep survey records that the set of all rows refuses, and the refused answers of wide records; the
-- text is what is stored of them.
-- Grain: one row per refused record, and one per refused answer of a wide record.
-- Reads: answers
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
        file_id,
        source_id,
        source_file,
        source_row,
        min(rule) as rule,
        cast(json_object(
            'participant_id', min(participant_id),
            'answered_at', cast(min(answered_at) as varchar),
            'occasion_id', min(occasion_id),
            'answers', json_group_object(concat(instrument_id, '.', item_id), value)
        ) as varchar) as raw_text
    from answers
    group by
        file_id,
        source_id,
        source_file,
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
        file_id,
        source_id,
        source_file,
        source_row,
        list_extract($columns, list_position($sources, source_id)) as column_name,
        rule,
        raw_text,
        false as is_cell
    from records
    union all
    select
        file_id,
        source_id,
        source_file,
        source_row,
        concat(instrument_id, '.', item_id) as column_name,
        rule,
        cast(value as varchar) as raw_text,
        true as is_cell
    from answers
    where
        rule = 'conflicting_answer'
        and (value is not null or is_not_applicable)
        and list_contains($wide_sources, source_id)

)

select
    file_id,
    source_id,
    source_file,
    source_row,
    case when rule = 'conflicting_answer' and not is_cell then 'answers' else column_name end as column_name,
    rule,
    case when rule = 'conflicting_answer' then $conflicting_expected else $unknown_expected end as expected,
    raw_text,
    is_cell
from refused
