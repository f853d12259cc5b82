-- alliance_by_week_counted
--
-- The same as `alliance_by_week` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per dimension_id and study_week with at least one occasion.
-- Like: reads/alliance_by_week.sql
-- Reads: fct_score_counts, fct_progress_counts, dim_dimensions
with

cells as (

    select
        dimension_id,
        study_week,
        previous_week,
        n_participants,
        n_scored,
        sum_scores,
        squares,
        n_occasions,
        n_incomplete,
        low,
        high
    from fct_score_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and study_week between $first_week and $last_week

),

answering as (

    select
        dimension_id,
        -- Each participant once: in the first of the weeks shown in which they answered.
        cast(sum(case when previous_week >= $first_week then 0 else n_participants end) as bigint) as n_answering
    from cells
    group by dimension_id

),

added as (

    select
        dimension_id,
        study_week,
        cast(sum(n_scored) as bigint) as n_participants,
        cast(sum(n_incomplete) as bigint) as n_incomplete,
        cast(sum(n_occasions) as bigint) as n_occasions,
        sum(sum_scores) as sum_scores,
        sum(squares) as squares,
        min(low) as low,
        max(high) as high
    from cells
    group by
        dimension_id,
        study_week

),

progress as (

    select
        study_week,
        cast(sum(n_at_risk) as bigint) as n_at_risk,
        cast(sum(n_open) as bigint) as n_open,
        cast(sum(n_not_reached) as bigint) as n_not_reached
    from fct_progress_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    group by study_week

)

select
    added.dimension_id,
    dimensions.label as dimension_label,
    dimensions.position,
    dimensions.is_total,
    added.study_week,
    added.n_participants,
    added.n_incomplete,
    added.n_occasions,
    answering.n_answering,
    added.sum_scores / nullif(added.n_participants, 0) as mean_score,
    case
        when added.n_participants > 1
            -- What rounding leaves of no spread at all is no added.
            then sqrt(
                case
                    when added.squares - added.sum_scores * added.sum_scores / added.n_participants <= 1e-12 * added.squares then 0
                    else (added.squares - added.sum_scores * added.sum_scores / added.n_participants) / (added.n_participants - 1)
                end
            )
    end as sd_score,
    added.low,
    added.high,
    coalesce(progress.n_at_risk, 0) as n_at_risk,
    coalesce(progress.n_open, 0) as n_open,
    coalesce(progress.n_not_reached, 0) as n_not_reached
from added
inner join dim_dimensions as dimensions
    on added.dimension_id = dimensions.dimension_id
inner join answering
    on added.dimension_id = answering.dimension_id
left join progress
    on added.study_week = progress.study_week
order by
    dimensions.position,
    added.study_week
