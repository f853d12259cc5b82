-- same_answers
--
-- Fillings-in of which every answer is the same.
-- Grain: one row per instrument_id with a filling-in of five items or more.
-- Reads: answers
--
-- Column: instrument_id   VARCHAR  the instrument
-- Column: n_occasions     BIGINT   fillings-in with five answers or more
-- Column: n_same          BIGINT   those of which all are the same
-- Column: n_participants  BIGINT   participants with such a one
with

occasions as (

    select
        instrument_id,
        participant_id,
        answered_at,
        min(value) = max(value) as is_same
    from answers
    where
        status = 'loaded'
        and value is not null
    group by
        instrument_id,
        participant_id,
        answered_at
    having count(*) >= 5

)

select
    instrument_id,
    count(*) as n_occasions,
    count(*) filter (where is_same) as n_same,
    count(distinct case when is_same then participant_id end) as n_participants
from occasions
group by instrument_id
order by instrument_id
