-- resolved_answers
--
-- What becomes of answers when all rows are seen. Of one item on one occasion the earliest answer
-- counts; the same answer again is a duplicate, another one is refused, a blank gives way. The blanks
-- of a record whose answers were all refused are refused with them.
-- Grain: one row per answer whose status or rule changes.
-- Reads: answers, known_now, files
create or replace temp table resolved_answers as
with

known as (

    select
        answers.rowid as row_id,
        answers.*,
        files.path as source_file,
        files.source_id,
        answers.value is not null or answers.is_not_applicable as is_answered,
        exists (select 1 from known_now)
        and answers.participant_id not in (select known_now.participant_id from known_now) as is_stranger
    from answers
    inner join files
        on answers.file_number = files.file_number

),

ranked as (

    select
        *,
        row_number() over first_answer as place,
        first_value(coalesce(value, -1e9)) over first_answer as kept_value
    from known
    window first_answer as (
        partition by is_stranger, dedupe_key
        order by not is_answered, answered_at, source_file, source_row, source_id
    )

),

judged as (

    select
        row_id,
        file_number,
        source_row,
        is_answered,
        status as old_status,
        rule as old_rule,
        case
            when is_stranger then 'rejected'
            when place = 1 then 'loaded'
            when not is_answered or coalesce(value, -1e9) = kept_value then 'duplicate'
            else 'rejected'
        end as own_status,
        case
            when is_stranger then 'unknown_participant'
            when place > 1 and is_answered and coalesce(value, -1e9) <> kept_value then 'conflicting_answer'
        end as own_rule
    from ranked

),

rowed as (

    select
        *,
        count(*) filter (where is_answered) over this_row > 0
        and count(*) filter (where is_answered and own_status <> 'rejected') over this_row = 0
            as is_row_rejected,
        min(own_rule) over this_row as row_rule
    from judged
    window this_row as (partition by file_number, source_row)

),

final as (

    select
        row_id,
        file_number,
        old_status,
        old_rule,
        case when is_row_rejected then 'rejected' else own_status end as status,
        case when is_row_rejected then coalesce(own_rule, row_rule) else own_rule end as rule
    from rowed

)

select
    row_id,
    file_number,
    status,
    rule
from final
where
    status <> old_status
    or rule is distinct from old_rule
