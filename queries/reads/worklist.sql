-- worklist
--
-- Each participant's latest obligation and how far it came: due, delivered, app opened, started, done.
-- Of what is open, first what is past its due day or closes soon, then what closes first; where nothing
-- is open, what closed last. Days are counted from the as-of day. A step that the study file has no event for, or that a
-- masked edition does not show, is not recorded: that is not the same as not seen.
-- Grain: one row per participant_id of whom something was ever due, or who is past day 0 and has not withdrawn.
-- Reads: fct_participants, fct_latest_obligations, fct_use_limits, fct_app_versions, fct_covariates, fct_receipts, dim_sites, dim_surveys, dim_ledger_events, dim_build, dim_study
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  devices       VARCHAR[]  covariates that say which telephone somebody has
--
-- Column: participant_id    VARCHAR    participant
-- Column: site_label        VARCHAR    recruiting centre
-- Column: obligation_id     VARCHAR    what is due; NULL when nothing ever was
-- Column: kind              VARCHAR    session or survey
-- Column: survey_label      VARCHAR    name of the scheduled filling-in; NULL for sessions
-- Column: study_week        INTEGER    study week in which it is due
-- Column: sequence          INTEGER    1 for the first session of the week; 1 for surveys
-- Column: due_date          DATE       due day; for sessions the last day of the week
-- Column: window_start      DATE       first day on which it counts
-- Column: window_end        DATE       last day on which it is in time
-- Column: status            VARCHAR    done, late, open, missed or excused
-- Column: n_open            BIGINT     what is open of them in all
-- Column: days_left         INTEGER    days to the window's last day, which is 0; NULL unless open
-- Column: days_over         INTEGER    days since the due day; negative before it
-- Column: is_delivery_seen  BOOLEAN    the study file says what delivers it, and it is shown
-- Column: is_start_seen     BOOLEAN    the study file says what opens it, and it is shown
-- Column: is_use_seen       BOOLEAN    use is shown up to now
-- Column: delivered_at      TIMESTAMP  when it was delivered (UTC); NULL when not seen
-- Column: delivery_days     INTEGER    days from when it should be there (session: first day, survey: due day) to the delivery
-- Column: app_opened_date   DATE       first day of use since the window opened; NULL when none
-- Column: started_at        TIMESTAMP  when it was opened (UTC); NULL when not seen
-- Column: done_at           TIMESTAMP  when it was done (UTC); NULL when it was not
-- Column: app_version       VARCHAR    newest version of the app that their events bear; NULL when not known
-- Column: device            VARCHAR    telephone, where the study keeps it; NULL when not known
-- Column: n_failed_files    BIGINT     files of the last load that could hold what they did, and failed
-- Column: as_of_date        DATE       where the data end
-- Column: nonusage_days     INTEGER    days without use after which the study says use has ended
with

people as (

    select
        fct_participants.participant_id,
        coalesce(dim_sites.label, 'Site not known') as site_label,
        fct_participants.withdrawn_date,
        fct_participants.day_zero,
        limits.last_shown_date,
        dim_build.as_of_date,
        dim_study.nonusage_days
    from fct_participants
    cross join dim_build
    cross join dim_study
    left join dim_sites
        on fct_participants.site_id = dim_sites.site_id
    left join fct_use_limits as limits
        on fct_participants.participant_id = limits.participant_id
    where
        ($sites is null or list_contains(cast($sites as varchar[]), fct_participants.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), fct_participants.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), fct_participants.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), fct_participants.participant_id)
        )

),

recorded as (

    select
        kinds.kind,
        max(case when kinds.step = 'delivered' then 1 else 0 end) = 1 as has_delivery,
        max(case when kinds.step = 'opened' then 1 else 0 end) = 1 as has_start
    from dim_ledger_events as kinds
    group by kinds.kind

),

versions_in_order as (

    select
        participant_id,
        app_version,
        row_number() over (
            partition by participant_id order by first_date desc, app_version desc
        ) as place
    from fct_app_versions

),

devices as (

    select
        participant_id,
        min(text_value) as device
    from fct_covariates
    where list_contains(cast($devices as varchar[]), covariate_id)
    group by participant_id

),

failed as (

    select
        count(case when kind = 'events' then 1 end) as n_events_files,
        count(case when kind in ('events', 'answers') then 1 end) as n_survey_files
    from fct_receipts
    where status = 'failed'

)

select
    people.participant_id,
    people.site_label,
    latest.obligation_id,
    latest.kind,
    dim_surveys.label as survey_label,
    latest.study_week,
    latest.sequence,
    latest.due_date,
    latest.window_start,
    latest.window_end,
    latest.status,
    coalesce(latest.n_open, 0) as n_open,
    case
        when latest.status = 'open' then cast(latest.window_end - people.as_of_date as integer)
    end as days_left,
    cast(people.as_of_date - latest.due_date as integer) as days_over,
    coalesce(
        recorded.has_delivery
        and (people.last_shown_date is null or latest.window_end <= people.last_shown_date),
        false
    ) as is_delivery_seen,
    coalesce(
        recorded.has_start
        and (people.last_shown_date is null or latest.window_end <= people.last_shown_date),
        false
    ) as is_start_seen,
    people.last_shown_date is null or people.as_of_date <= people.last_shown_date as is_use_seen,
    latest.delivered_at,
    cast(
        cast(latest.delivered_at as date)
        - case when latest.kind = 'session' then latest.window_start else latest.due_date end as integer
    ) as delivery_days,
    latest.app_opened_date,
    latest.opened_at as started_at,
    latest.done_at,
    versions.app_version,
    devices.device,
    case when latest.kind = 'session' then failed.n_events_files else failed.n_survey_files end as n_failed_files,
    people.as_of_date,
    people.nonusage_days
from people
cross join failed
left join fct_latest_obligations as latest
    on people.participant_id = latest.participant_id
left join recorded
    on latest.kind = recorded.kind
left join dim_surveys
    on latest.survey_id = dim_surveys.survey_id
left join versions_in_order as versions
    on
        people.participant_id = versions.participant_id
        and versions.place = 1
left join devices
    on people.participant_id = devices.participant_id
where
    latest.obligation_id is not null
    or (people.withdrawn_date is null and people.day_zero <= people.as_of_date)
order by people.participant_id
