-- fct_exposure_weeks
--
-- Exposure to each feature in each week at risk; no exposure is a row of zeros.
-- Grain: one row per participant_id, study_week and feature_id.
-- Reads: int_weeks_at_risk, dim_features, fct_exposures
--
-- Column: participant_id  VARCHAR  participant
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: study_week      INTEGER  study week
-- Column: feature_id      VARCHAR  feature
-- Column: principle_id    VARCHAR  PSD principle of the feature
-- Column: category_id     VARCHAR  PSD category of the principle
-- Column: n_exposures     DOUBLE   exposures at the feature's exposure stage
-- Column: n_acted         DOUBLE   exposures at stage 'acted'
with

weekly as (

    select
        fct_exposures.participant_id,
        fct_exposures.study_week,
        fct_exposures.feature_id,
        sum(
            case
                when fct_exposures.stage = dim_features.exposure_stage then fct_exposures.n_exposures
                else 0
            end
        ) as n_exposures,
        sum(case when fct_exposures.stage = 'acted' then fct_exposures.n_exposures else 0 end) as n_acted
    from fct_exposures
    inner join dim_features
        on fct_exposures.feature_id = dim_features.feature_id
    where fct_exposures.study_day >= 0
    group by
        fct_exposures.participant_id,
        fct_exposures.study_week,
        fct_exposures.feature_id

)

select
    weeks.participant_id,
    weeks.arm_id,
    weeks.site_id,
    weeks.cohort,
    weeks.study_week,
    dim_features.feature_id,
    dim_features.principle_id,
    dim_features.category_id,
    cast(coalesce(weekly.n_exposures, 0) as double) as n_exposures,
    cast(coalesce(weekly.n_acted, 0) as double) as n_acted
from int_weeks_at_risk as weeks
cross join dim_features
left join weekly
    on
        weeks.participant_id = weekly.participant_id
        and weeks.study_week = weekly.study_week
        and dim_features.feature_id = weekly.feature_id
