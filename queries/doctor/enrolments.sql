-- enrolments
--
-- How many participants were enrolled on each day.
-- Grain: one row per enrolled_date.
-- Reads: roster
--
-- Column: enrolled_date   DATE    the day
-- Column: n_participants  BIGINT  participants enrolled on it
select
    enrolled_date,
    count(distinct participant_id) as n_participants
from roster
where
    status = 'loaded'
    and enrolled_date is not null
group by enrolled_date
order by enrolled_date
