-- fct_ledger_steps
--
-- Events that deliver, open or complete something due. Days before anything new are those of the build
-- before.
-- Grain: one row per event, kind, instrument_id and step.
-- Reads: int_steps_taken, kept.fct_ledger_steps, int_restarts
--
-- Column: participant_id  VARCHAR    participant
-- Column: kind            VARCHAR    session or survey
-- Column: instrument_id   VARCHAR    instrument of a survey; NULL for all, and for sessions
-- Column: step            VARCHAR    delivered, opened or done
-- Column: occurred_at     TIMESTAMP  when (UTC)
-- Column: local_date      DATE       date in the participant's time zone
select
    participant_id,
    kind,
    instrument_id,
    step,
    occurred_at,
    local_date
from int_steps_taken
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
