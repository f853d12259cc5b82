-- delete_old_changes
--
-- Forget changes of whoever is in no raw table any more: under another key, everybody of before.
-- Grain: one row per participant and load.
-- Reads: participant_changes, events, answers, roster
delete from participant_changes
where participant_id not in (
    select participant_id
    from events
    union
    select participant_id
    from answers
    union
    select participant_id
    from roster
)
