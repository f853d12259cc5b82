-- int_ledger_surveys
--
-- Surveys due, and what became of them. Delivered and opened are the first such events in the
-- window; an event that names no instrument counts for each.
-- Grain: one row per participant_id and survey_id.
-- Reads: int_surveys_due, int_surveys_answered, int_ledger_steps
--
-- Column: participant_id  VARCHAR    participant
-- Column: site_id         VARCHAR    recruiting centre
-- Column: instrument_id   VARCHAR    instrument
-- Column: survey_id       VARCHAR    scheduled filling-in
-- Column: study_week      INTEGER    study week for which it is scheduled
-- Column: due_date        DATE       due day
-- Column: window_start    DATE       first day of the window
-- Column: window_end      DATE       last day of the window
-- Column: delivered_at    TIMESTAMP  when it was delivered (UTC); NULL if never
-- Column: opened_at       TIMESTAMP  when it was opened (UTC); NULL if never
-- Column: done_at         TIMESTAMP  when it was answered (UTC); NULL if never
-- Column: is_late         BOOLEAN    answered after the window
with

steps as (

    select
        due.participant_id,
        due.survey_id,
        min(case when events.step = 'delivered' then events.occurred_at end) as delivered_at,
        min(case when events.step = 'opened' then events.occurred_at end) as opened_at
    from int_surveys_due as due
    inner join int_ledger_steps as events
        on
            due.participant_id = events.participant_id
            and (events.instrument_id is null or due.instrument_id = events.instrument_id)
            and due.window_start <= events.local_date
            and due.window_end >= events.local_date
    where events.kind = 'survey'
    group by
        due.participant_id,
        due.survey_id

)

select
    due.participant_id,
    due.site_id,
    due.instrument_id,
    due.survey_id,
    due.study_week,
    due.due_date,
    due.window_start,
    due.window_end,
    steps.delivered_at,
    steps.opened_at,
    answered.answered_at as done_at,
    coalesce(answered.is_late, false) as is_late
from int_surveys_due as due
left join int_surveys_answered as answered
    on
        due.participant_id = answered.participant_id
        and due.survey_id = answered.survey_id
left join steps
    on
        due.participant_id = steps.participant_id
        and due.survey_id = steps.survey_id
