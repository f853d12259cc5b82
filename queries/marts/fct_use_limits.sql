-- fct_use_limits
--
-- Until when the use of participants is shown. In a masked edition of a study whose arms are meant to
-- do different things from some week on, that is the last day before it: what comes later could tell
-- the arm. Whose day 0 cannot be told has no use that is shown. The first event stands for a day 0 that
-- is the first use: it may be a little earlier, never later. In the open edition nobody has a limit.
-- Grain: one row per participant_id whose use is shown in part.
-- Reads: raw.roster, raw.events, dim_study, dim_blinding
--
-- Column: participant_id   VARCHAR  participant
-- Column: last_shown_date  DATE     last local date of which use is shown
with

limited as (

    select
        dim_study.day_zero,
        dim_study.week_rule,
        dim_blinding.use_weeks
    from dim_study
    cross join dim_blinding
    where dim_blinding.use_weeks is not null

),

people as (

    select
        roster_rows.participant_id,
        roster_rows.enrolled_date,
        cast(null as date) as event_date
    from raw.roster as roster_rows
    cross join limited
    where roster_rows.status = 'loaded'
    union all
    select
        events.participant_id,
        cast(null as date) as enrolled_date,
        min(events.local_date) as event_date
    from raw.events as events
    cross join limited
    where events.status = 'loaded'
    group by events.participant_id

),

dated as (

    select
        participant_id,
        min(enrolled_date) as enrolled_date,
        min(event_date) as event_date
    from people
    group by participant_id

),

has_roster as (

    select count(*) > 0 as is_there
    from raw.roster
    where status = 'loaded'

),

anchored as (

    select
        dated.participant_id,
        limited.week_rule,
        limited.use_weeks,
        case
            when limited.day_zero = 'enrolled' and has_roster.is_there then dated.enrolled_date
            when limited.day_zero in ('enrolled', 'first_event') then dated.event_date
            else try_cast(limited.day_zero as date)
        end as day_zero
    from dated
    cross join limited
    cross join has_roster

)

select
    participant_id,
    coalesce(
        case
            when week_rule = 'calendar' then cast(date_trunc('week', day_zero) as date)
            else day_zero
        end + cast(7 * use_weeks - 1 as integer),
        date '1900-01-01'
    ) as last_shown_date
from anchored
