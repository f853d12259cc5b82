-- resolved_roster
--
-- What becomes of roster rows when all of them are seen: one row a participant counts, the first.
-- Grain: one row per roster row whose status changes.
-- Reads: roster
create or replace temp table resolved_roster as
with

ranked as (

    select
        roster.rowid as row_id,
        md5(cast(to_json(row(
            enrolled_at, arm_id, site_id, withdrawn_at, withdrawal_kind, properties
        )) as varchar)) as content,
        row_number() over first_row as place,
        first_value(md5(cast(to_json(row(
            enrolled_at, arm_id, site_id, withdrawn_at, withdrawal_kind, properties
        )) as varchar))) over first_row as kept_content,
        status,
        rule
    from roster
    window first_row as (partition by participant_id order by source_file, source_row, source_id)

),

judged as (

    select
        row_id,
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
    status,
    rule
from judged
where status <> old_status
