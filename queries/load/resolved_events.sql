-- resolved_events
--
-- What becomes of events when all rows are seen: of those that are the same, the first counts.
-- Grain: one row per event whose status changes.
-- Reads: events, roster
create or replace temp table resolved_events as
with

participants as (

    select distinct participant_id
    from roster
    where status = 'loaded'

),

strangers as (

    select distinct events.participant_id
    from events
    where
        exists (select 1 from participants)
        and events.participant_id not in (select participants.participant_id from participants)

),

repeated as (

    select
        source_id,
        dedupe_key
    from events
    where participant_id not in (select strangers.participant_id from strangers)
    group by
        source_id,
        dedupe_key
    having count(*) > 1

),

ranked as (

    select
        events.rowid as row_id,
        row_number() over (
            partition by events.source_id, events.dedupe_key
            order by events.source_file, events.source_row
        ) as place
    from events
    inner join repeated
        on
            events.source_id = repeated.source_id
            and events.dedupe_key = repeated.dedupe_key
    where events.participant_id not in (select strangers.participant_id from strangers)

),

judged as (

    select
        events.rowid as row_id,
        events.status as old_status,
        case
            when strangers.participant_id is not null then 'rejected'
            when ranked.place > 1 then 'duplicate'
            else 'loaded'
        end as status,
        case when strangers.participant_id is not null then 'unknown_participant' end as rule
    from events
    left join strangers
        on events.participant_id = strangers.participant_id
    left join ranked
        on events.rowid = ranked.row_id

)

select
    row_id,
    status,
    rule
from judged
where status <> old_status
