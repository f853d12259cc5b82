-- model_rows
--
-- What a model of alliance on exposure is fitted to. A window is covered when it begins neither
-- before the log nor before day 0 and its last day is wholly in the data. Analysed rows are those
-- with a score and a covered window; 'within' is the count minus the participant's own mean over
-- analysed rows, 'between' that own mean minus the mean of all analysed rows of the dimension,
-- feature, window and lag.
-- Grain: one row per participant_id, occasion_id, dimension_id, feature_id, window_days and lag_days.
-- Reads: fct_dimension_scores, int_windows_counted
--
-- Column: participant_id     VARCHAR    participant
-- Column: arm_id             VARCHAR    randomised group
-- Column: site_id            VARCHAR    recruiting centre
-- Column: cohort             VARCHAR    month of enrolment
-- Column: occasion_id        VARCHAR    filling-in
-- Column: answered_at        TIMESTAMP  first answer (UTC)
-- Column: study_week         INTEGER    whole weeks since the start of week 0
-- Column: weeks              DOUBLE     study day / 7
-- Column: dimension_id       VARCHAR    dimension
-- Column: feature_id         VARCHAR    feature
-- Column: score              DOUBLE     scale points; NULL with too few answers
-- Column: previous_score     DOUBLE     score of the occasion before; NULL if none
-- Column: n_exposures        DOUBLE     exposures in the window; NULL if uncovered, never 0
-- Column: n_window_sessions  BIGINT     sessions in the window; NULL if uncovered
-- Column: is_covered         BOOLEAN    the whole window is in the log and from day 0 on
-- Column: exposure_rate      DOUBLE     exposures per session in the window; NULL without a session
-- Column: within             DOUBLE     count minus own mean; NULL for rows not analysed
-- Column: between            DOUBLE     own mean minus overall mean; NULL for rows not analysed
-- Column: window_days        INTEGER    length of the window, which ends before the survey's day
-- Column: lag_days           INTEGER    days left out between the window and the survey; 0 = none
with

scores as (

    select
        fct_dimension_scores.*,
        lag(score) over (
            partition by participant_id, dimension_id order by answered_at, occasion_id
        ) as previous_score
    from fct_dimension_scores

),

joined as (

    select
        scores.participant_id,
        scores.arm_id,
        scores.site_id,
        scores.cohort,
        scores.occasion_id,
        scores.answered_at,
        scores.study_week,
        scores.study_day / 7.0 as weeks,
        scores.dimension_id,
        windows.feature_id,
        scores.score,
        scores.previous_score,
        windows.n_exposures,
        windows.n_window_sessions,
        windows.is_covered,
        windows.n_exposures / nullif(windows.n_window_sessions, 0) as exposure_rate,
        case
            when windows.is_covered and scores.score is not null then windows.n_exposures
        end as analysed,
        windows.window_days,
        windows.lag_days
    from scores
    inner join int_windows_counted as windows
        on
            scores.participant_id = windows.participant_id
            and scores.local_date = windows.local_date

),

own_means as (

    select
        participant_id,
        dimension_id,
        feature_id,
        window_days,
        lag_days,
        avg(analysed) as own_mean
    from joined
    group by
        participant_id,
        dimension_id,
        feature_id,
        window_days,
        lag_days

),

grand_means as (

    select
        dimension_id,
        feature_id,
        window_days,
        lag_days,
        avg(analysed) as grand_mean
    from joined
    group by
        dimension_id,
        feature_id,
        window_days,
        lag_days

)

select
    joined.participant_id,
    joined.arm_id,
    joined.site_id,
    joined.cohort,
    joined.occasion_id,
    joined.answered_at,
    joined.study_week,
    cast(joined.weeks as double) as weeks,
    joined.dimension_id,
    joined.feature_id,
    joined.score,
    joined.previous_score,
    joined.n_exposures,
    joined.n_window_sessions,
    joined.is_covered,
    joined.exposure_rate,
    joined.analysed - own_means.own_mean as within,
    case
        when joined.analysed is not null then own_means.own_mean - grand_means.grand_mean
    end as "between",  -- noqa: RF06
    joined.window_days,
    joined.lag_days
from joined
inner join own_means
    on
        joined.participant_id = own_means.participant_id
        and joined.dimension_id = own_means.dimension_id
        and joined.feature_id = own_means.feature_id
        and joined.window_days = own_means.window_days
        and joined.lag_days = own_means.lag_days
inner join grand_means
    on
        joined.dimension_id = grand_means.dimension_id
        and joined.feature_id = grand_means.feature_id
        and joined.window_days = grand_means.window_days
        and joined.lag_days = grand_means.lag_days
