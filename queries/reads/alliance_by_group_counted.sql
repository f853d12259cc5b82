-- alliance_by_group_counted
--
-- The same as `alliance_by_group` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per group_id and study_week with a complete score.
-- Like: reads/alliance_by_group.sql
-- Reads: fct_score_counts, dim_arms, dim_sites
with

cells as (

    select
        coalesce(case $split when 'cohort' then cohort when 'arm' then arm_id else site_id end, 'unknown') as group_id,
        study_week,
        n_scored,
        sum_scores,
        squares,
        low,
        high
    from fct_score_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and study_week between $first_week and $last_week
        and dimension_id = $dimension
        and n_scored > 0

),

added as (

    select
        group_id,
        study_week,
        cast(sum(n_scored) as bigint) as n_participants,
        sum(sum_scores) as sum_scores,
        sum(squares) as squares,
        min(low) as low,
        max(high) as high
    from cells
    group by
        group_id,
        study_week

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
    added.group_id,
    coalesce(named_groups.group_label, added.group_id) as group_label,
    coalesce(named_groups.group_position, 0) as group_position,
    added.study_week,
    added.n_participants,
    added.sum_scores / added.n_participants as mean_score,
    case
        when added.n_participants > 1
            -- What rounding leaves of no spread at all is no spread.
            then sqrt(
                case
                    when added.squares - added.sum_scores * added.sum_scores / added.n_participants <= 1e-12 * added.squares then 0
                    else (added.squares - added.sum_scores * added.sum_scores / added.n_participants) / (added.n_participants - 1)
                end
            )
    end as sd_score,
    added.low,
    added.high
from added
left join named_groups
    on added.group_id = named_groups.group_id
order by
    group_position,
    added.group_id,
    added.study_week
