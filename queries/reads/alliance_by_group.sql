-- alliance_by_group
--
-- Mean complete score of one dimension per study week, split by cohort, arm or site.
-- Grain: one row per group_id and study_week with a complete score.
-- Reads: fct_dimension_scores, dim_arms, dim_sites
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: dimension     VARCHAR    dimension_id to show
-- Param: split         VARCHAR    'cohort', 'arm' or 'site'
-- Param: is_masked     BOOLEAN    name arms by their masked label
--
-- Column: group_id        VARCHAR  cohort (YYYY-MM), arm_id or site_id; 'unknown' where not recorded
-- Column: group_label     VARCHAR  as the pages name it
-- Column: group_position  INTEGER  order of the groups; 0 for cohorts, which sort by month
-- Column: study_week      INTEGER  week of the occasion, counted from 0 at day 0
-- Column: n_participants  BIGINT   participants with a complete score that week
-- Column: mean_score      DOUBLE   scale points, mean over participants
-- Column: sd_score        DOUBLE   scale points, between participants; NULL when n_participants = 1
-- Column: low             DOUBLE   lowest score that the scale can give
-- Column: high            DOUBLE   highest score that the scale can give
with

scores as (

    select
        participant_id,
        study_week,
        case $split when 'cohort' then cohort when 'arm' then arm_id else site_id end as group_id,
        score,
        low,
        high
    from fct_dimension_scores
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )
        and study_week between $first_week and $last_week
        and dimension_id = $dimension
        and is_complete
        and score is not null

),

participant_means as (

    select
        participant_id,
        study_week,
        coalesce(group_id, 'unknown') as group_id,
        avg(score) as score,
        min(low) as low,
        max(high) as high
    from scores
    group by
        participant_id,
        study_week,
        coalesce(group_id, 'unknown')

),

named_groups as (

    select
        arm_id as group_id,
        case when $is_masked then masked_label else label end as group_label,
        position as group_position
    from dim_arms
    where $split = 'arm'
    union all
    select
        site_id as group_id,
        label as group_label,
        position as group_position
    from dim_sites
    where $split = 'site'

)

select
    means.group_id,
    coalesce(named_groups.group_label, means.group_id) as group_label,
    coalesce(named_groups.group_position, 0) as group_position,
    means.study_week,
    count(*) as n_participants,
    avg(means.score) as mean_score,
    stddev_samp(means.score) as sd_score,
    min(means.low) as low,
    max(means.high) as high
from participant_means as means
left join named_groups
    on means.group_id = named_groups.group_id
group by
    means.group_id,
    coalesce(named_groups.group_label, means.group_id),
    coalesce(named_groups.group_position, 0),
    means.study_week
order by
    group_position,
    means.group_id,
    means.study_week
