-- outlook_missed
--
-- Surveys of a dimension's instrument that were due and not answered, with the exposures before the
-- due day, by the rules of model_rows: what a model would have had for them but the score.
-- Grain: one row per participant_id, occasion_id and feature_id.
-- Reads: fct_ledger, fct_participants, dim_dimension_scales, dim_features, fct_exposures, fct_sessions, fct_data_days, fct_use_limits, dim_build
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: dimension     VARCHAR    dimension that is the outcome
-- Param: window_days   INTEGER    length of the exposure window
-- Param: lag_days      INTEGER    days left out between the window and the due day
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group
-- Column: site_id            VARCHAR  recruiting centre
-- Column: occasion_id        VARCHAR  the survey that was due
-- Column: weeks              DOUBLE   days from day 0 to the due day / 7
-- Column: feature_id         VARCHAR  feature
-- Column: n_exposures        DOUBLE   exposures in the window; NULL if uncovered, never 0
-- Column: n_window_sessions  BIGINT   sessions in the window; NULL if uncovered
-- Column: exposure_rate      DOUBLE   exposures per session in the window; NULL without a session
-- Column: is_covered         BOOLEAN  the whole window is in the log, from day 0 on
with

log_days as (

    select min(local_date) as first_date
    from fct_data_days
    where n_events > 0

),

windows as (

    select
        fct_ledger.participant_id,
        fct_ledger.survey_id,
        fct_ledger.due_date,
        people.arm_id,
        people.site_id,
        people.day_zero,
        fct_ledger.due_date - cast($lag_days as integer) - cast($window_days as integer) as first_day,
        fct_ledger.due_date - cast($lag_days as integer) - 1 as last_day,
        coalesce(
            fct_ledger.due_date - cast($lag_days as integer) - cast($window_days as integer)
            >= greatest(log_days.first_date, people.day_zero)
            and fct_ledger.due_date - cast($lag_days as integer) - 1 <= dim_build.observed_until
            and (
                fct_use_limits.last_shown_date is null
                or fct_ledger.due_date - cast($lag_days as integer) - 1 <= fct_use_limits.last_shown_date
            ),
            false
        ) as is_covered
    from fct_ledger
    inner join fct_participants as people
        on fct_ledger.participant_id = people.participant_id
    inner join dim_dimension_scales as scales
        on fct_ledger.instrument_id = scales.instrument_id
    left join fct_use_limits
        on fct_ledger.participant_id = fct_use_limits.participant_id
    cross join log_days
    cross join dim_build
    where
        fct_ledger.kind = 'survey'
        and fct_ledger.status = 'missed'
        and scales.dimension_id = $dimension
        and scales.position = 0
        and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

),

exposed as (

    select
        windows.participant_id,
        windows.survey_id,
        fct_exposures.feature_id,
        sum(fct_exposures.n_exposures) as n_exposures
    from windows
    inner join fct_exposures
        on
            windows.participant_id = fct_exposures.participant_id
            and windows.first_day <= fct_exposures.local_date
            and windows.last_day >= fct_exposures.local_date
    inner join dim_features
        on
            fct_exposures.feature_id = dim_features.feature_id
            and fct_exposures.stage = dim_features.exposure_stage
    group by
        windows.participant_id,
        windows.survey_id,
        fct_exposures.feature_id

),

used as (

    select
        windows.participant_id,
        windows.survey_id,
        count(*) as n_window_sessions
    from windows
    inner join fct_sessions
        on
            windows.participant_id = fct_sessions.participant_id
            and windows.first_day <= fct_sessions.local_date
            and windows.last_day >= fct_sessions.local_date
    group by
        windows.participant_id,
        windows.survey_id

),

counted as (

    select
        windows.*,
        dim_features.feature_id,
        case
            when windows.is_covered then coalesce(exposed.n_exposures, 0)
        end as n_exposures,
        case
            when windows.is_covered then coalesce(used.n_window_sessions, 0)
        end as n_window_sessions
    from windows
    cross join dim_features
    left join exposed
        on
            windows.participant_id = exposed.participant_id
            and windows.survey_id = exposed.survey_id
            and dim_features.feature_id = exposed.feature_id
    left join used
        on
            windows.participant_id = used.participant_id
            and windows.survey_id = used.survey_id

)

select
    participant_id,
    arm_id,
    site_id,
    survey_id as occasion_id,
    cast(date_diff('day', day_zero, due_date) / 7.0 as double) as weeks,
    feature_id,
    cast(n_exposures as double) as n_exposures,
    n_window_sessions,
    cast(n_exposures / nullif(n_window_sessions, 0) as double) as exposure_rate,
    is_covered
from counted
order by
    participant_id,
    weeks,
    occasion_id,
    feature_id
