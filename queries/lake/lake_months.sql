-- lake_months
--
-- The months in which events that count occurred, and a digest of all that a lake holds of each: a month
-- whose digest is another one has changed.
-- Grain: one row per month (UTC).
-- Reads: events
--
-- Column: month     TIMESTAMP  the month's first moment (UTC)
-- Column: n_events  BIGINT     events that count
-- Column: digest    UBIGINT    of the rows, in any order
select
    date_trunc('month', occurred_at) as month,
    count(*) as n_events,
    bit_xor(
        hash(
            file_number, source_row, participant_id, event_name, occurred_at, time_zone, local_date, quantity,
            app_version, properties, dedupe_key
        )
    ) as digest
from events
where status = 'loaded'
group by date_trunc('month', occurred_at)
