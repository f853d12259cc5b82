-- stg_anew_counted
--
-- How many events are counted anew; where there are very many, the build takes the participants in parts.
-- Grain: one row.
-- Reads: stg_events, int_restarts
--
-- Column: n_events  BIGINT  events that count, from their participant's restart on
select count(*) as n_events
from stg_events
inner join int_restarts as restarts
    on
        stg_events.participant_id = restarts.participant_id
        and restarts.restart_date <= stg_events.local_date
