-- sessions_due
--
-- Sessions that fell due, and what became of them.
-- Grain: one row per obligation_id.
-- Reads: fct_ledger, fct_participants
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: obligation_id   VARCHAR    the session that is due
-- Column: participant_id  VARCHAR    participant
-- Column: window_start    DATE       first day on which it can be done
-- Column: window_end      DATE       last day on which it can be done
-- Column: done_at         TIMESTAMP  when it was done (UTC); NULL if it was not
-- Column: status          VARCHAR    done, late, missed, excused or open
select
    ledger.obligation_id,
    ledger.participant_id,
    ledger.window_start,
    ledger.window_end,
    ledger.done_at,
    ledger.status
from fct_ledger as ledger
inner join fct_participants as people
    on ledger.participant_id = people.participant_id
where
    ledger.kind = 'session'
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    ledger.participant_id,
    ledger.window_start,
    ledger.obligation_id
