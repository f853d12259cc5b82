-- strangers
--
-- Participants that stand on one side only: in events or answers but not in the roster, or the
-- other way round.
-- Grain: one row.
-- Reads: events, answers, roster
--
-- Column: n_in_roster      BIGINT  participants of the roster
-- Column: n_not_in_roster  BIGINT  participants with events or answers, but not in the roster
-- Column: n_without_data   BIGINT  participants of the roster without event or answer
with

enrolled as (

    select distinct participant_id
    from roster
    where status = 'loaded'

),

active as (

    select distinct participant_id
    from events
    union distinct
    select distinct participant_id
    from answers

)

select
    count(enrolled.participant_id) as n_in_roster,
    count(*) filter (where enrolled.participant_id is null) as n_not_in_roster,
    count(*) filter (where active.participant_id is null) as n_without_data
from enrolled
full outer join active
    on enrolled.participant_id = active.participant_id
