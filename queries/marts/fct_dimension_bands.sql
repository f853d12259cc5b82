-- fct_dimension_bands
--
-- Where most participants' scores lie in each study week: 10th, 50th and 90th percentile of everybody's
-- latest complete score of that week, over all arms and sites. Made once a build, the same for whoever
-- asks, so that no two answers can be subtracted from each other. Rounded to a tenth of a point, on
-- scales wider than 20 points to whole points: an end of a band is then nobody's exact score. Whether a
-- band may be shown is for the reader to decide, by `n_participants`.
-- Grain: one row per dimension_id and study_week with a complete score.
-- Reads: fct_dimension_scores
--
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: study_week      INTEGER  whole weeks since the start of week 0
-- Column: n_participants  BIGINT   participants with a complete score in that week
-- Column: p10             DOUBLE   one in ten scores is lower; scale points, rounded
-- Column: p50             DOUBLE   middle score; scale points, rounded
-- Column: p90             DOUBLE   one in ten scores is higher; scale points, rounded
with

latest as (

    select
        dimension_id,
        study_week,
        score,
        high - low > 20 as is_wide,
        row_number() over (
            partition by dimension_id, study_week, participant_id
            order by answered_at desc, occasion_id desc
        ) as recency
    from fct_dimension_scores
    where
        is_complete
        and score is not null
        and study_week is not null

),

percentiles as (

    select
        dimension_id,
        study_week,
        max(case when is_wide then 1 else 0 end) = 1 as is_wide,
        count(*) as n_participants,
        quantile_cont(cast(score as double), 0.1) as p10,
        quantile_cont(cast(score as double), 0.5) as p50,
        quantile_cont(cast(score as double), 0.9) as p90
    from latest
    where recency = 1
    group by
        dimension_id,
        study_week

)

select
    dimension_id,
    study_week,
    n_participants,
    case when is_wide then round(p10, 0) else round(p10, 1) end as p10,
    case when is_wide then round(p50, 0) else round(p50, 1) end as p50,
    case when is_wide then round(p90, 0) else round(p90, 1) end as p90
from percentiles
