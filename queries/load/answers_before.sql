-- answers_before
--
-- What each participant's answers that count said when the load began.
-- Grain: one row per participant.
-- Reads: answers
create or replace temp table answers_before as
select
    participant_id,
    sum(hash(row(
        instrument_id, item_id, occasion_id, answered_at, local_date, value, is_not_applicable
    ))) as content
from answers
where status = 'loaded'
group by participant_id
