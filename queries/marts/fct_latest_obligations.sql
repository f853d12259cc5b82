-- fct_latest_obligations
--
-- Each participant's latest obligation: of what is open, first what is past its due day or closes within
-- two days, then what closes first; where nothing is open, what closed last.
-- Grain: one row per participant_id of whom something was ever due.
-- Reads: fct_ledger, fct_participant_days, dim_build
--
-- Column: participant_id   VARCHAR    participant
-- Column: obligation_id    VARCHAR    what is due
-- Column: kind             VARCHAR    session or survey
-- Column: survey_id        VARCHAR    scheduled filling-in of a survey
-- Column: study_week       INTEGER    study week in which it is due
-- Column: sequence         INTEGER    1 for the first session of the week; 1 for surveys
-- Column: due_date         DATE       due day; for sessions the last day of the week
-- Column: window_start     DATE       first day on which it counts
-- Column: window_end       DATE       last day on which it is in time
-- Column: delivered_at     TIMESTAMP  when it was delivered (UTC); NULL if never
-- Column: opened_at        TIMESTAMP  when it was opened (UTC); NULL if never
-- Column: done_at          TIMESTAMP  when it was done (UTC); NULL if never
-- Column: status           VARCHAR    done, late, open, missed or excused
-- Column: n_open           BIGINT     what is open of them in all
-- Column: app_opened_date  DATE       first day of use since the window opened; NULL when none
with

placed as (

    select
        ledger.*,
        row_number() over (
            partition by ledger.participant_id
            order by
                case
                    when ledger.status <> 'open' then 2
                    when ledger.window_end <= dim_build.as_of_date + 2 then 0
                    when ledger.kind = 'survey' and ledger.due_date < dim_build.as_of_date then 0
                    else 1
                end asc,
                case when ledger.status = 'open' then ledger.window_end end asc,
                ledger.window_end desc,
                ledger.kind asc,
                ledger.obligation_id asc
        ) as place,
        cast(
            sum(case when ledger.status = 'open' then 1 else 0 end) over (partition by ledger.participant_id) as bigint
        ) as n_open
    from fct_ledger as ledger
    cross join dim_build
    where ledger.window_start <= dim_build.as_of_date

),

latest as (

    select *
    from placed
    where place = 1

),

opened as (

    select
        latest.participant_id,
        min(days.local_date) as app_opened_date
    from latest
    inner join fct_participant_days as days
        on
            latest.participant_id = days.participant_id
            and latest.window_start <= days.local_date
    group by latest.participant_id

)

select
    latest.participant_id,
    latest.obligation_id,
    latest.kind,
    latest.survey_id,
    latest.study_week,
    latest.sequence,
    latest.due_date,
    latest.window_start,
    latest.window_end,
    latest.delivered_at,
    latest.opened_at,
    latest.done_at,
    latest.status,
    latest.n_open,
    opened.app_opened_date
from latest
left join opened
    on latest.participant_id = opened.participant_id
