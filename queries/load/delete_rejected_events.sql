-- delete_rejected_events
--
-- Forget refusals of events that are not refused any more.
-- Grain: one row per event.
-- Reads: rejected_rows, resolved_events
delete from rejected_rows
using resolved_events
where
    rejected_rows.file_number = resolved_events.file_number
    and rejected_rows.source_row = resolved_events.source_row
    and rejected_rows.rule = 'unknown_participant'
    and resolved_events.old_status = 'rejected'
