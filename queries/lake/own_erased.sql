-- own_erased
--
-- How many events of a lake that other software writes are of participants who were erased.
-- Grain: one row.
-- Reads: own_events, own_people
--
-- Column: n_events  BIGINT  events that are left out
select count(*) as n_events
from own_events
inner join own_people
    on own_events.participant_id = own_people.given_id
where own_people.is_erased
