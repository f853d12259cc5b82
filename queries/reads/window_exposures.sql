-- window_exposures
--
-- Exposure in the days before each day on which a participant filled in a survey, for a window of any
-- length: `model_rows` has those of the study file only. A window of w days ends the day before the
-- survey, or lag_days earlier. It is covered when it begins neither before the log nor before the
-- participant's day 0 and ends on a day that is wholly in the data, and of use that is shown.
-- Grain: one row per participant_id, local_date and feature_id.
-- Reads: fct_dimension_scores, fct_exposures, fct_sessions, fct_data_days, fct_participants, fct_use_limits, dim_features, dim_build
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: window_days   INTEGER    length of the window
-- Param: lag_days      INTEGER    days left out between the window and the survey
--
-- Column: participant_id     VARCHAR  participant
-- Column: local_date         DATE     date of the survey in the participant's time zone
-- Column: feature_id         VARCHAR  feature
-- Column: is_covered         BOOLEAN  the whole window is in the log, from day 0 on
-- Column: n_exposures        DOUBLE   exposures at the feature's exposure stage; NULL if uncovered
-- Column: n_window_sessions  BIGINT   sessions begun in the window; NULL if uncovered
-- Column: exposure_rate      DOUBLE   exposures per session in the window; NULL without a session
with

log_days as (

    select min(local_date) as first_date
    from fct_data_days
    where n_events > 0

),

windows as (

    select distinct
        scores.participant_id,
        scores.local_date,
        scores.local_date
        - cast($lag_days as integer)
        - cast($window_days as integer) as first_day,
        scores.local_date - cast($lag_days as integer) - 1 as last_day,
        participants.day_zero,
        limits.last_shown_date
    from fct_dimension_scores as scores
    inner join fct_participants as participants
        on scores.participant_id = participants.participant_id
    left join fct_use_limits as limits
        on scores.participant_id = limits.participant_id
    where
        (
            cast($sites as varchar[]) is null
            or list_contains(cast($sites as varchar[]), participants.site_id)
        )
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participants.participant_id)
        )

),

judged as (

    select
        windows.participant_id,
        windows.local_date,
        windows.first_day,
        windows.last_day,
        -- A survey is answered on the day of the last event or before it: where that day is seen in
        -- part only, no window reaches into it.
        coalesce(
            windows.first_day >= log_days.first_date
            and windows.last_day <= dim_build.as_of_date - 1
            and windows.first_day >= windows.day_zero
            and (windows.last_shown_date is null or windows.last_day <= windows.last_shown_date),
            false
        ) as is_covered
    from windows
    cross join log_days
    cross join dim_build

),

exposed as (

    select
        judged.participant_id,
        judged.local_date,
        fct_exposures.feature_id,
        sum(fct_exposures.n_exposures) as n_exposures
    from judged
    inner join fct_exposures
        on
            judged.participant_id = fct_exposures.participant_id
            and judged.first_day <= fct_exposures.local_date
            and judged.last_day >= fct_exposures.local_date
    inner join dim_features
        on
            fct_exposures.feature_id = dim_features.feature_id
            and fct_exposures.stage = dim_features.exposure_stage
    group by
        judged.participant_id,
        judged.local_date,
        fct_exposures.feature_id

),

used as (

    select
        judged.participant_id,
        judged.local_date,
        count(*) as n_window_sessions
    from judged
    inner join fct_sessions
        on
            judged.participant_id = fct_sessions.participant_id
            and judged.first_day <= fct_sessions.local_date
            and judged.last_day >= fct_sessions.local_date
    group by
        judged.participant_id,
        judged.local_date

),

counted as (

    select
        judged.participant_id,
        judged.local_date,
        dim_features.feature_id,
        judged.is_covered,
        cast(
            case when judged.is_covered then coalesce(exposed.n_exposures, 0) end as double
        ) as n_exposures,
        case when judged.is_covered then coalesce(used.n_window_sessions, 0) end as n_window_sessions
    from judged
    cross join dim_features
    left join exposed
        on
            judged.participant_id = exposed.participant_id
            and judged.local_date = exposed.local_date
            and dim_features.feature_id = exposed.feature_id
    left join used
        on
            judged.participant_id = used.participant_id
            and judged.local_date = used.local_date

)

select
    participant_id,
    local_date,
    feature_id,
    is_covered,
    n_exposures,
    n_window_sessions,
    n_exposures / nullif(n_window_sessions, 0) as exposure_rate
from counted
order by
    participant_id,
    local_date,
    feature_id
