-- insert_events_that_came
--
-- Events that count after a load: those of files that changed, and those of others that came to count
-- or ceased to.
-- Grain: one row per event and step.
-- Reads: events, changed_files, resolved_events, changed_events
insert into changed_events
select
    participant_id,
    occurred_at,
    hash(row(
        event_name, occurred_at, local_date, quantity, app_version, properties, dedupe_key
    )) as content,
    1 as step
from events
where
    status = 'loaded'
    and file_number in (select changed_files.file_number from changed_files)
union all
select
    events.participant_id,
    events.occurred_at,
    hash(row(
        events.event_name, events.occurred_at, events.local_date, events.quantity, events.app_version,
        events.properties, events.dedupe_key
    )) as content,
    case resolved_events.status when 'loaded' then 1 else -1 end as step
from resolved_events
inner join events
    on resolved_events.row_id = events.rowid
where
    (resolved_events.status = 'loaded' or resolved_events.old_status = 'loaded')
    and resolved_events.file_number not in (select changed_files.file_number from changed_files)
