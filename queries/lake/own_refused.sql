-- own_refused
--
-- Events of a lake that other software writes that were refused. Of participants who were erased there
-- is none.
-- Grain: one row per event.
-- Reads: own_judged
--
-- Column: event_id        VARCHAR    as it is there
-- Column: participant_id  VARCHAR    participant, by the name that pages have; NULL where there is none
-- Column: event_name      VARCHAR    as it is there
-- Column: occurred_at     TIMESTAMP  as it is there
-- Column: time_zone       VARCHAR    as it is there
-- Column: local_date      DATE       as it is there
-- Column: quantity        DOUBLE     as it is there
-- Column: app_version     VARCHAR    as it is there
-- Column: properties      VARCHAR    as it is there
-- Column: reason          VARCHAR    first rule that it breaks
select
    event_id,
    participant_id,
    event_name,
    occurred_at,
    time_zone,
    local_date,
    quantity,
    app_version,
    properties,
    reason
from own_judged
where reason is not null
