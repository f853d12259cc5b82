-- fct_ledger
--
-- What was due, and what became of it. Nothing is due in a week that a withdrawal cuts short, on
-- its last day too, and no survey after one that ended the follow-up. Not done counts as 'open'
-- until the window's last day is wholly in the data, then as 'excused' when a day of the window was
-- excused at the participant's site, else as 'missed'. A survey answered after its window, before
-- the next one opens, is 'late'.
-- Grain: one row per obligation_id.
-- Reads: int_ledger_sessions, int_ledger_surveys, dim_excused, dim_build
--
-- Column: obligation_id   VARCHAR    kind, participant and what was due
-- Column: participant_id  VARCHAR    participant
-- Column: kind            VARCHAR    session or survey
-- Column: instrument_id   VARCHAR    instrument of a survey
-- Column: survey_id       VARCHAR    scheduled filling-in of a survey
-- Column: study_week      INTEGER    study week in which it is due
-- Column: sequence        INTEGER    1 for the first session of the week; 1 for surveys
-- Column: due_date        DATE       due day; for sessions the last day of the week
-- Column: window_start    DATE       first day on which it counts
-- Column: window_end      DATE       last day on which it is in time
-- Column: delivered_at    TIMESTAMP  when it was delivered (UTC); NULL if never
-- Column: opened_at       TIMESTAMP  when it was opened (UTC); NULL if never
-- Column: done_at         TIMESTAMP  when it was done (UTC); NULL if never
-- Column: status          VARCHAR    done, late, open, missed or excused
with

obligations as (

    select
        concat(
            'session:', participant_id, ':', cast(study_week as varchar), ':', cast(sequence as varchar)
        ) as obligation_id,
        participant_id,
        site_id,
        'session' as kind,
        cast(null as varchar) as instrument_id,
        cast(null as varchar) as survey_id,
        study_week,
        sequence,
        window_end as due_date,
        window_start,
        window_end,
        delivered_at,
        opened_at,
        done_at,
        false as is_late
    from int_ledger_sessions
    union all
    select
        concat('survey:', participant_id, ':', survey_id) as obligation_id,
        participant_id,
        site_id,
        'survey' as kind,
        instrument_id,
        survey_id,
        study_week,
        1 as sequence,
        due_date,
        window_start,
        window_end,
        delivered_at,
        opened_at,
        done_at,
        is_late
    from int_ledger_surveys

),

excused as (

    select distinct obligations.obligation_id
    from obligations
    inner join dim_excused
        on
            obligations.window_end >= dim_excused.from_date
            and obligations.window_start <= dim_excused.to_date
            and (dim_excused.site_id is null or obligations.site_id = dim_excused.site_id)

),

observed as (

    select
        'session' as kind,
        observed_until as seen_to_date
    from dim_build
    union all
    select
        'survey' as kind,
        surveys_until as seen_to_date
    from dim_build

)

select
    obligations.obligation_id,
    obligations.participant_id,
    obligations.kind,
    obligations.instrument_id,
    obligations.survey_id,
    obligations.study_week,
    obligations.sequence,
    obligations.due_date,
    obligations.window_start,
    obligations.window_end,
    obligations.delivered_at,
    obligations.opened_at,
    obligations.done_at,
    case
        when obligations.is_late then 'late'
        when obligations.done_at is not null then 'done'
        when obligations.window_end > observed.seen_to_date then 'open'
        when excused.obligation_id is not null then 'excused'
        else 'missed'
    end as status
from obligations
inner join observed
    on obligations.kind = observed.kind
left join excused
    on obligations.obligation_id = excused.obligation_id
