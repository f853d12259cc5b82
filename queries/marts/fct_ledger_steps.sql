-- fct_ledger_steps
--
-- Events that deliver, open or complete something due. Days before anything new are those of the build
-- before. Where a masked edition hides how long sessions took, their steps are dated by the day alone.
-- Grain: one row per event, kind, instrument_id and step.
-- Reads: int_steps_taken, kept.fct_ledger_steps, int_restarts, dim_blinding
--
-- Column: participant_id  VARCHAR    participant
-- Column: kind            VARCHAR    session or survey
-- Column: instrument_id   VARCHAR    instrument of a survey; NULL for all, and for sessions
-- Column: step            VARCHAR    delivered, opened or done
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
select
    taken.participant_id,
    taken.kind,
    taken.instrument_id,
    taken.step,
    case
        when dim_blinding.hides_length and taken.kind = 'session'
            then cast(cast(taken.occurred_at as date) as timestamp)
        else taken.occurred_at
    end as occurred_at,
    taken.local_date
from int_steps_taken as taken
cross join dim_blinding
union all
select
    kept_steps.participant_id,
    kept_steps.kind,
    kept_steps.instrument_id,
    kept_steps.step,
    kept_steps.occurred_at,
    kept_steps.local_date
from kept.fct_ledger_steps as kept_steps
left join int_restarts as restarts
    on kept_steps.participant_id = restarts.participant_id
where
    restarts.participant_id is null
    or kept_steps.local_date < restarts.restart_date
