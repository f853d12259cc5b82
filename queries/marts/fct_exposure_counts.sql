-- fct_exposure_counts
--
-- Exposure in each week at risk, added up over the participants whom the filters cannot tell apart, by
-- feature and by category of persuasive design. Sums of squares give the spread over
-- several rows.
-- Grain: one row per arm_id, site_id, cohort, study_week, group_kind and group_id.
-- Reads: fct_exposure_weeks
--
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: study_week      INTEGER  study week
-- Column: group_kind      VARCHAR  'feature' or 'category'
-- Column: group_id        VARCHAR  feature, or category of the PSD model
-- Column: category_id     VARCHAR  category of the PSD model
-- Column: n_participants  BIGINT   participants at risk, exposed or not
-- Column: n_exposed       BIGINT   participants with at least one exposure
-- Column: n_exposures     DOUBLE   their exposures
-- Column: squares         DOUBLE   sum of the squares of each participant's exposures
with

own as (

    select
        participant_id,
        arm_id,
        site_id,
        cohort,
        study_week,
        category_id,
        sum(n_exposures) as n_exposures
    from fct_exposure_weeks
    group by
        participant_id,
        arm_id,
        site_id,
        cohort,
        study_week,
        category_id

),

counted as (

    select
        arm_id,
        site_id,
        cohort,
        study_week,
        'feature' as group_kind,
        feature_id as group_id,
        category_id,
        n_exposures
    from fct_exposure_weeks
    union all
    select
        arm_id,
        site_id,
        cohort,
        study_week,
        'category' as group_kind,
        category_id as group_id,
        category_id,
        n_exposures
    from own

)

select
    arm_id,
    site_id,
    cohort,
    study_week,
    group_kind,
    group_id,
    category_id,
    count(*) as n_participants,
    cast(sum(case when n_exposures > 0 then 1 else 0 end) as bigint) as n_exposed,
    sum(n_exposures) as n_exposures,
    cast(sum(cast(n_exposures * n_exposures as decimal(28, 12))) as double) as squares
from counted
group by
    arm_id,
    site_id,
    cohort,
    study_week,
    group_kind,
    group_id,
    category_id
