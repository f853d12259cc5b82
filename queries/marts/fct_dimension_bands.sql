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
        participant_id,
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

-- A percentile lies between two scores, by its place among them: written out, since engines interpolate
-- with other roundings.
ranked as (

    select
        dimension_id,
        study_week,
        is_wide,
        cast(score as double) as score,
        row_number() over (partition by dimension_id, study_week order by score, participant_id) as place,
        count(*) over (partition by dimension_id, study_week) - 1 as n_steps
    from latest
    where recency = 1

),

between_two as (

    select
        dimension_id,
        study_week,
        n_steps,
        max(case when is_wide then 1 else 0 end) = 1 as is_wide,
        max(case when place = 1 + floor(0.1 * n_steps) then score end) as below_10,
        max(case when place = 1 + ceil(0.1 * n_steps) then score end) as above_10,
        max(case when place = 1 + floor(0.5 * n_steps) then score end) as below_50,
        max(case when place = 1 + ceil(0.5 * n_steps) then score end) as above_50,
        max(case when place = 1 + floor(0.9 * n_steps) then score end) as below_90,
        max(case when place = 1 + ceil(0.9 * n_steps) then score end) as above_90
    from ranked
    group by
        dimension_id,
        study_week,
        n_steps

),

percentiles as (

    select
        dimension_id,
        study_week,
        n_steps + 1 as n_participants,
        is_wide,
        below_10 + (above_10 - below_10) * cast(0.1 * n_steps - floor(0.1 * n_steps) as double) as p10,
        below_50 + (above_50 - below_50) * cast(0.5 * n_steps - floor(0.5 * n_steps) as double) as p50,
        below_90 + (above_90 - below_90) * cast(0.9 * n_steps - floor(0.9 * n_steps) as double) as p90
    from between_two

)

select
    dimension_id,
    study_week,
    n_participants,
    case when is_wide then round(p10, 0) else round(p10, 1) end as p10,
    case when is_wide then round(p50, 0) else round(p50, 1) end as p50,
    case when is_wide then round(p90, 0) else round(p90, 1) end as p90
from percentiles
