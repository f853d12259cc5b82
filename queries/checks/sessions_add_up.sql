-- sessions_add_up
--
-- Participants whose sessions are not, each once, in a week at risk, before day 0, or outside the
-- weeks at risk.
-- Grain: one row per participant whose sessions do not add up.
-- Reads: fct_sessions, fct_participant_weeks, fct_participants
-- Severity: fail
--
-- Column: participant_id  VARCHAR  participant
-- Column: n_sessions      BIGINT   sessions
-- Column: n_placed        BIGINT   sessions in weeks at risk, before day 0 or outside those weeks
with

begun as (

    select
        sessions.participant_id,
        count(*) as n_sessions,
        cast(sum(
            case
                when sessions.is_before_day_zero then 1
                when sessions.study_week between 0 and participants.weeks_at_risk - 1 then 0
                else 1
            end
        ) as bigint) as n_elsewhere
    from fct_sessions as sessions
    left join fct_participants as participants
        on sessions.participant_id = participants.participant_id
    group by sessions.participant_id

),

weekly as (

    select
        participant_id,
        cast(sum(n_sessions) as bigint) as n_in_weeks
    from fct_participant_weeks
    group by participant_id

)

select
    begun.participant_id,
    begun.n_sessions,
    begun.n_elsewhere + coalesce(weekly.n_in_weeks, 0) as n_placed
from begun
left join weekly
    on begun.participant_id = weekly.participant_id
where begun.n_sessions <> begun.n_elsewhere + coalesce(weekly.n_in_weeks, 0)
