-- resolved_events
--
-- What becomes of events when all rows are seen: of those that are the same, the first counts.
-- Grain: one row per event whose status changes.
-- Reads: rivals, known_now
create or replace temp table resolved_events as
with

known as (

    select
        *,
        exists (select 1 from known_now)
        and participant_id not in (select known_now.participant_id from known_now) as is_stranger
    from rivals

),

ranked as (

    select
        *,
        row_number() over (
            partition by dedupe_key, is_stranger
            order by path, source_row
        ) as place
    from known

),

judged as (

    select
        row_id,
        file_number,
        source_row,
        status as old_status,
        case
            when is_stranger then 'rejected'
            when place > 1 then 'duplicate'
            else 'loaded'
        end as status,
        case when is_stranger then 'unknown_participant' end as rule
    from ranked

)

select *
from judged
where status <> old_status
