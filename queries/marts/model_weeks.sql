-- model_weeks
--
-- What a model of weekly adherence is fitted to. Analysed rows are whole weeks with a week before
-- them and, where use was intended, something due; the within- and between-person parts are taken
-- over them.
-- Grain: one row per participant_id, study_week and feature_id.
-- Reads: fct_exposure_weeks, fct_participant_weeks, fct_dimension_scores, dim_dimensions
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group
-- Column: site_id            VARCHAR  recruiting centre
-- Column: cohort             VARCHAR  month of enrolment
-- Column: study_week         INTEGER  study week
-- Column: due_sessions       BIGINT   sessions due and not excused; NULL without intended use
-- Column: done_sessions      BIGINT   of these, done; NULL without intended use
-- Column: feature_id         VARCHAR  feature
-- Column: n_exposures_lag    DOUBLE   exposures in the week before; NULL in the first week
-- Column: n_sessions_lag     BIGINT   sessions begun in the week before; NULL in the first week
-- Column: exposure_rate_lag  DOUBLE   exposures per session in the week before; NULL without a session
-- Column: n_sessions_before  BIGINT   sessions begun two weeks before; NULL in the first two weeks
-- Column: within_lag         DOUBLE   that count minus own mean; NULL for rows not analysed
-- Column: between_lag        DOUBLE   own mean minus overall mean; NULL for rows not analysed
-- Column: alliance_lag       DOUBLE   last alliance total answered before the week began
-- Column: is_complete_week   BOOLEAN  all seven days are in the data and in the participant's time
with

weeks as (

    select
        participant_id,
        arm_id,
        site_id,
        cohort,
        study_week,
        week_start,
        due_sessions,
        done_sessions,
        is_complete_week,
        lag(n_sessions) over (partition by participant_id order by study_week) as n_sessions_lag,
        lag(n_sessions, 2) over (partition by participant_id order by study_week) as n_sessions_before
    from fct_participant_weeks

),

alliance as (

    select
        weeks.participant_id,
        weeks.study_week,
        scores.score
    from weeks
    inner join fct_dimension_scores as scores
        on
            weeks.participant_id = scores.participant_id
            and weeks.week_start > scores.local_date
    inner join dim_dimensions
        on scores.dimension_id = dim_dimensions.dimension_id
    where
        dim_dimensions.is_total
        and scores.score is not null
    qualify row_number() over (
        partition by weeks.participant_id, weeks.study_week
        order by scores.answered_at desc, scores.occasion_id desc
    ) = 1

),

lagged as (

    select
        participant_id,
        study_week,
        feature_id,
        lag(n_exposures) over (
            partition by participant_id, feature_id order by study_week
        ) as n_exposures_lag
    from fct_exposure_weeks

),

joined as (

    select
        weeks.*,
        lagged.feature_id,
        lagged.n_exposures_lag,
        case
            when weeks.is_complete_week and coalesce(weeks.due_sessions, 1) > 0
                then lagged.n_exposures_lag
        end as analysed
    from weeks
    inner join lagged
        on
            weeks.participant_id = lagged.participant_id
            and weeks.study_week = lagged.study_week

),

own_means as (

    select
        participant_id,
        feature_id,
        avg(analysed) as own_mean
    from joined
    group by
        participant_id,
        feature_id

),

grand_means as (

    select
        feature_id,
        avg(analysed) as grand_mean
    from joined
    group by feature_id

)

select
    joined.participant_id,
    joined.arm_id,
    joined.site_id,
    joined.cohort,
    joined.study_week,
    joined.due_sessions,
    joined.done_sessions,
    joined.feature_id,
    joined.n_exposures_lag,
    joined.n_sessions_lag,
    joined.n_exposures_lag / nullif(joined.n_sessions_lag, 0) as exposure_rate_lag,
    joined.n_sessions_before,
    joined.analysed - own_means.own_mean as within_lag,
    case
        when joined.analysed is not null then own_means.own_mean - grand_means.grand_mean
    end as between_lag,
    alliance.score as alliance_lag,
    joined.is_complete_week
from joined
inner join own_means
    on
        joined.participant_id = own_means.participant_id
        and joined.feature_id = own_means.feature_id
inner join grand_means
    on joined.feature_id = grand_means.feature_id
left join alliance
    on
        joined.participant_id = alliance.participant_id
        and joined.study_week = alliance.study_week
