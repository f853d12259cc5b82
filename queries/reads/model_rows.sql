-- model_rows
--
-- The rows that a model of one dimension on exposure is fitted to, lost ones included.
-- Grain: one row per participant_id, occasion_id and feature_id.
-- Reads: model_rows
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: dimension     VARCHAR    dimension that is the outcome
-- Param: window_days   INTEGER    length of the exposure window
-- Param: lag_days      INTEGER    days left out between the window and the survey
-- Param: moderator     VARCHAR    dimension that moderates; NULL = none
--
-- Column: participant_id     VARCHAR  participant
-- Column: arm_id             VARCHAR  randomised group
-- Column: site_id            VARCHAR  recruiting centre
-- Column: occasion_id        VARCHAR  filling-in
-- Column: weeks              DOUBLE   study day / 7
-- Column: feature_id         VARCHAR  feature
-- Column: score              DOUBLE   scale points; NULL with too few answers
-- Column: previous_score     DOUBLE   score of the occasion before; NULL if none
-- Column: n_exposures        DOUBLE   exposures in the window; NULL if uncovered, never 0
-- Column: n_window_sessions  BIGINT   sessions in the window; NULL if uncovered
-- Column: exposure_rate      DOUBLE   exposures per session in the window; NULL without a session
-- Column: is_covered         BOOLEAN  the whole window is in the log, from day 0 on
-- Column: moderator_score    DOUBLE   last score of the moderator up to the occasion; NULL if none
with

asked as (

    select
        participant_id,
        arm_id,
        site_id,
        occasion_id,
        answered_at,
        weeks,
        feature_id,
        score,
        previous_score,
        n_exposures,
        n_window_sessions,
        exposure_rate,
        is_covered
    from model_rows
    where
        dimension_id = $dimension
        and window_days = $window_days
        and lag_days = $lag_days
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )
        and study_week between $first_week and $last_week

),

occasions as (

    select distinct
        participant_id,
        occasion_id,
        answered_at
    from asked

),

moderator_scores as (

    select distinct
        participant_id,
        occasion_id,
        answered_at,
        score
    from model_rows
    where
        dimension_id = cast($moderator as varchar)
        and score is not null

),

moderated as (

    select
        occasions.participant_id,
        occasions.occasion_id,
        moderator_scores.score as moderator_score
    from occasions
    inner join moderator_scores
        on
            occasions.participant_id = moderator_scores.participant_id
            and occasions.answered_at >= moderator_scores.answered_at
    qualify row_number() over (
        partition by occasions.participant_id, occasions.occasion_id
        order by moderator_scores.answered_at desc, moderator_scores.occasion_id desc
    ) = 1

)

select
    asked.participant_id,
    asked.arm_id,
    asked.site_id,
    asked.occasion_id,
    asked.weeks,
    asked.feature_id,
    asked.score,
    asked.previous_score,
    asked.n_exposures,
    asked.n_window_sessions,
    asked.exposure_rate,
    asked.is_covered,
    moderated.moderator_score
from asked
left join moderated
    on
        asked.participant_id = moderated.participant_id
        and asked.occasion_id = moderated.occasion_id
order by
    asked.participant_id,
    asked.weeks,
    asked.occasion_id,
    asked.feature_id
