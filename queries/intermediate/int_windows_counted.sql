-- int_windows_counted
--
-- Exposure in the days before each day on which a participant filled in a survey. A window of w
-- days ends the day before, or lag_days earlier: it never reaches into the survey, because no lag is
-- counted as less than 0. It is covered when it begins neither
-- before the log nor before the participant's day 0 and its last day is wholly in the data, and of use
-- that is shown; uncovered, nothing is known of it.
-- Grain: one row per participant_id, local_date, window_days, lag_days and feature_id.
-- Reads: fct_dimension_scores, fct_exposures, fct_sessions, fct_data_days, dim_features, dim_models, dim_build, int_participants_dated
--
-- Column: participant_id     VARCHAR  participant
-- Column: local_date         DATE     date of the survey in the participant's time zone
-- Column: window_days        INTEGER  length of the window
-- Column: lag_days           INTEGER  days between the window's last day and the day before the survey
-- Column: feature_id         VARCHAR  feature
-- Column: is_covered         BOOLEAN  the whole window is in the log
-- Column: n_exposures        DOUBLE   exposures at the feature's exposure stage; NULL if uncovered
-- Column: n_window_sessions  BIGINT   sessions begun in the window; NULL if uncovered
with

log_days as (

    select min(local_date) as first_date
    from fct_data_days
    where n_events > 0

),

lengths as (

    select distinct
        window_days,
        greatest(lag_days, 0) as lag_days
    from dim_models

),

occasions as (

    select distinct
        participant_id,
        local_date
    from fct_dimension_scores

),

windows as (

    select
        occasions.participant_id,
        occasions.local_date,
        lengths.window_days,
        lengths.lag_days,
        occasions.local_date - lengths.lag_days - lengths.window_days as first_day,
        occasions.local_date - lengths.lag_days - 1 as last_day,
        coalesce(
            occasions.local_date - lengths.lag_days - lengths.window_days >= log_days.first_date
            and occasions.local_date - lengths.lag_days - 1 <= dim_build.observed_until
            and occasions.local_date - lengths.lag_days - lengths.window_days >= participants.day_zero
            and (
                participants.last_shown_date is null
                or occasions.local_date - lengths.lag_days - 1 <= participants.last_shown_date
            ),
            false
        ) as is_covered
    from occasions
    cross join lengths
    cross join log_days
    cross join dim_build
    inner join int_participants_dated as participants
        on occasions.participant_id = participants.participant_id

),

exposed as (

    select
        windows.participant_id,
        windows.local_date,
        windows.window_days,
        windows.lag_days,
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
        windows.local_date,
        windows.window_days,
        windows.lag_days,
        fct_exposures.feature_id

),

used as (

    select
        windows.participant_id,
        windows.local_date,
        windows.window_days,
        windows.lag_days,
        count(*) as n_window_sessions
    from windows
    inner join fct_sessions
        on
            windows.participant_id = fct_sessions.participant_id
            and windows.first_day <= fct_sessions.local_date
            and windows.last_day >= fct_sessions.local_date
    group by
        windows.participant_id,
        windows.local_date,
        windows.window_days,
        windows.lag_days

)

select
    windows.participant_id,
    windows.local_date,
    windows.window_days,
    windows.lag_days,
    dim_features.feature_id,
    windows.is_covered,
    cast(case when windows.is_covered then coalesce(exposed.n_exposures, 0) end as double) as n_exposures,
    case when windows.is_covered then coalesce(used.n_window_sessions, 0) end as n_window_sessions
from windows
cross join dim_features
left join exposed
    on
        windows.participant_id = exposed.participant_id
        and windows.local_date = exposed.local_date
        and windows.window_days = exposed.window_days
        and windows.lag_days = exposed.lag_days
        and dim_features.feature_id = exposed.feature_id
left join used
    on
        windows.participant_id = used.participant_id
        and windows.local_date = used.local_date
        and windows.window_days = used.window_days
        and windows.lag_days = used.lag_days
