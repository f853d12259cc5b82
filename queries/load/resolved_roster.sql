-- resolved_roster
--
-- What becomes of roster rows when all of them are seen: one row a participant counts, the first.
-- Grain: one row per roster row whose status changes.
-- Reads: roster, files
create or replace temp table resolved_roster as
with

ranked as (

    select
        roster.rowid as row_id,
        roster.file_number,
        md5(cast(to_json(row(
            roster.enrolled_at, roster.arm_id, roster.site_id, roster.withdrawn_at, roster.withdrawal_kind, roster.properties
        )) as varchar)) as content,
        row_number() over first_row as place,
        first_value(md5(cast(to_json(row(
            roster.enrolled_at, roster.arm_id, roster.site_id, roster.withdrawn_at, roster.withdrawal_kind, roster.properties
        )) as varchar))) over first_row as kept_content,
        roster.status,
        roster.rule
    from roster
    inner join files
        on roster.file_number = files.file_number
    window first_row as (
        partition by roster.participant_id
        order by files.path, roster.source_row, files.source_id
    )

),

judged as (

    select
        row_id,
        file_number,
        status as old_status,
        case
            when place = 1 then 'loaded'
            when content = kept_content then 'duplicate'
            else 'rejected'
        end as status,
        case when place > 1 and content <> kept_content then 'conflicting_row' end as rule
    from ranked

)

select
    row_id,
    file_number,
    status,
    rule
from judged
where status <> old_status
