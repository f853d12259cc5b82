-- measures_by_participant
--
-- What a masked edition shows of participants that could differ between arms however well it is masked:
-- asked of its own marts, to be held against the true arms.
-- Grain: one row per participant_id.
-- Reads: fct_participants, fct_sessions, fct_ledger, fct_dimension_scores, dim_dimensions
--
-- Column: participant_id   VARCHAR  participant
-- Column: mean_duration_s  DOUBLE   mean seconds of a session; NULL without any
-- Column: mean_events      DOUBLE   mean events of a session; NULL without any
-- Column: mean_done_s      DOUBLE   mean seconds from opening to completing what was due; NULL without any
-- Column: n_sessions       BIGINT   sessions from day 0 on
-- Column: mean_alliance    DOUBLE   mean alliance total; NULL without any
with

sessions as (

    select
        participant_id,
        avg(duration_s) as mean_duration_s,
        avg(n_events) as mean_events
    from fct_sessions
    group by participant_id

),

steps as (

    select
        participant_id,
        avg(cast(date_diff('microsecond', opened_at, done_at) as double)) / 1e6 as mean_done_s
    from fct_ledger
    where
        kind = 'session'
        and opened_at <= done_at
    group by participant_id

),

scores as (

    select
        fct_dimension_scores.participant_id,
        avg(fct_dimension_scores.score) as mean_alliance
    from fct_dimension_scores
    inner join dim_dimensions
        on fct_dimension_scores.dimension_id = dim_dimensions.dimension_id
    where dim_dimensions.is_total
    group by fct_dimension_scores.participant_id

)

select
    people.participant_id,
    sessions.mean_duration_s,
    sessions.mean_events,
    steps.mean_done_s,
    people.n_sessions,
    scores.mean_alliance
from fct_participants as people
left join sessions
    on people.participant_id = sessions.participant_id
left join steps
    on people.participant_id = steps.participant_id
left join scores
    on people.participant_id = scores.participant_id
order by people.participant_id
