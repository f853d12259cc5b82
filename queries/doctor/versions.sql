-- versions
--
-- How many events say which version of the app they come from.
-- Grain: one row per source that has events.
-- Reads: events, files
--
-- Column: source_id  VARCHAR  the source's id
-- Column: n_events   BIGINT   events that count
-- Column: n_unknown  BIGINT   those without a version
select
    files.source_id,
    count(*) as n_events,
    count(*) filter (where events.app_version is null) as n_unknown
from events
inner join files
    on events.file_number = files.file_number
where events.status = 'loaded'
group by files.source_id
order by files.source_id
