-- stg_as_of
--
-- How far the loaded data reach; the build turns it into dim_build.
-- Grain: one row.
-- Reads: raw.events, raw.answers
--
-- Column: last_event_at     TIMESTAMP  time of the last loaded event (UTC); NULL when there is none
-- Column: last_event_date   DATE       latest local date of a loaded event
-- Column: last_answer_at    TIMESTAMP  time of the last loaded answer (UTC); NULL when there is none
-- Column: last_answer_date  DATE       latest local date of a loaded answer
with

last_event as (

    select
        max(occurred_at) as last_event_at,
        max(local_date) as last_event_date
    from raw.events
    where status = 'loaded'

),

last_answer as (

    select
        max(answered_at) as last_answer_at,
        max(local_date) as last_answer_date
    from raw.answers
    where status = 'loaded'

)

select
    last_event.last_event_at,
    last_event.last_event_date,
    last_answer.last_answer_at,
    last_answer.last_answer_date
from last_event
cross join last_answer
