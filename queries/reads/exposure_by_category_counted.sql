-- exposure_by_category_counted
--
-- The same as `exposure_by_category` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per category_id and study_week.
-- Like: reads/exposure_by_category.sql
-- Reads: fct_exposure_counts, fct_use_counts, dim_principles
with

categories as (

    select
        category_id,
        min(category_label) as category_label,
        min(position) as position
    from dim_principles
    group by category_id

),

added as (

    select
        group_id,
        category_id,
        study_week,
        cast(sum(n_participants) as bigint) as n_participants,
        cast(sum(n_exposed) as bigint) as n_exposed,
        sum(n_exposures) as n_exposures,
        sum(squares) as squares
    from fct_exposure_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and group_kind = 'category'
        and study_week between $first_week and $last_week
    group by
        group_id,
        category_id,
        study_week

),

weeks as (

    select
        study_week,
        cast(sum(n_open) as bigint) as n_open
    from fct_use_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
    group by study_week

)

select
    added.group_id,
    categories.category_label as group_label,
    added.category_id,
    categories.position,
    added.study_week,
    added.n_participants,
    weeks.n_open,
    added.n_exposed,
    added.n_exposures / added.n_participants as mean_exposures,
    case
        when added.n_participants > 1
            -- What rounding leaves of no spread at all is no spread.
            then sqrt(
                case
                    when added.squares - added.n_exposures * added.n_exposures / added.n_participants <= 1e-12 * added.squares then 0
                    else (added.squares - added.n_exposures * added.n_exposures / added.n_participants) / (added.n_participants - 1)
                end
            )
    end as sd_exposures
from added
inner join weeks
    on added.study_week = weeks.study_week
inner join categories
    on added.group_id = categories.category_id
order by
    categories.position,
    added.group_id,
    added.study_week
