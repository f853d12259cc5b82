-- int_restarts
--
-- From where on a participant's events are counted anew. A session of the build before stays when it
-- ended so long before the first change that nothing from there on can belong to it; sessions before
-- the restart keep their numbers. What is counted by day starts one day earlier than the restart in
-- UTC, since a local date may be the day before.
-- Grain: one row per participant_id whose events are counted anew.
-- Reads: stg_participants_changed, kept.fct_sessions, dim_study
--
-- Column: participant_id      VARCHAR    participant
-- Column: participant_number  INTEGER    stands for the participant in this build
-- Column: restart_at          TIMESTAMP  sessions are made from the events from then on (UTC)
-- Column: restart_date        DATE       first local date that is counted anew
-- Column: n_sessions_kept     BIGINT     sessions before the restart
with

placed as (

    select
        changed.participant_id,
        changed.participant_number,
        changed.changed_from_at,
        sessions.session_number,
        sessions.started_at,
        coalesce(
            sessions.ended_at
            < changed.changed_from_at - dim_study.session_gap_s * interval '1' second,
            false
        ) as is_kept
    from stg_participants_changed as changed
    cross join dim_study
    left join kept.fct_sessions as sessions
        on changed.participant_id = sessions.participant_id

),

restarts as (

    select
        participant_id,
        participant_number,
        least(
            changed_from_at, coalesce(min(case when not is_kept then started_at end), changed_from_at)
        ) as restart_at,
        cast(sum(case when is_kept then 1 else 0 end) as bigint) as n_sessions_kept
    from placed
    group by
        participant_id,
        participant_number,
        changed_from_at

)

select
    participant_id,
    participant_number,
    restart_at,
    cast(restart_at as date) - 1 as restart_date,
    n_sessions_kept
from restarts
