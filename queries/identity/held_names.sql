-- held_names
--
-- Everybody whom the raw tables name, and how much of them there is.
-- Grain: one row per participant.
-- Reads: events, answers, roster, rejected_rows, participant_changes
--
-- Column: participant_id VARCHAR what the raw tables call them
-- Column: n_events       BIGINT  events
-- Column: n_answers      BIGINT  answers
-- Column: n_roster       BIGINT  rows of rosters
-- Column: n_rejected     BIGINT  refused rows and answers
with

counted as (

    select
        participant_id,
        'events' as held_in,
        count(*) as n_rows
    from events
    group by participant_id
    union all
    select
        participant_id,
        'answers' as held_in,
        count(*) as n_rows
    from answers
    group by participant_id
    union all
    select
        participant_id,
        'roster' as held_in,
        count(*) as n_rows
    from roster
    group by participant_id
    union all
    select
        participant_id,
        'rejected_rows' as held_in,
        count(*) as n_rows
    from rejected_rows
    where participant_id is not null
    group by participant_id
    union all
    select
        participant_id,
        'participant_changes' as held_in,
        count(*) as n_rows
    from participant_changes
    group by participant_id

)

select
    participant_id,
    cast(coalesce(sum(n_rows) filter (where held_in = 'events'), 0) as bigint) as n_events,
    cast(coalesce(sum(n_rows) filter (where held_in = 'answers'), 0) as bigint) as n_answers,
    cast(coalesce(sum(n_rows) filter (where held_in = 'roster'), 0) as bigint) as n_roster,
    cast(coalesce(sum(n_rows) filter (where held_in = 'rejected_rows'), 0) as bigint) as n_rejected
from counted
group by participant_id
order by participant_id
