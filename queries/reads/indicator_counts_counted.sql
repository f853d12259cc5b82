-- indicator_counts_counted
--
-- The same as `indicator_counts` for viewers of everybody, of what the build has held against what is usual.
-- Grain: one row per indicator_id, group_kind and group_id.
-- Like: reads/indicator_counts.sql
-- Reads: fct_participants, fct_indicator_trials, dim_sites, dim_build
with

people as (

    select
        people.participant_id,
        people.site_id,
        people.cohort,
        people.day_zero,
        people.withdrawn_date,
        dim_build.as_of_date
    from fct_participants as people
    cross join dim_build
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

),

early as (

    select
        participant_id,
        case when withdrawn_date < day_zero + $early_days then 1 else 0 end as n_events
    from people
    where
        day_zero + $early_days <= as_of_date
        and $sites is null
        and $participants is null

),

summed as (

    select
        indicator_id,
        participant_id,
        n_events,
        n_trials,
        n_expected
    from fct_indicator_trials
    -- What is usual depends on who is counted: over everybody.
    where
        $sites is null
        and $participants is null
    union all
    select
        'early_withdrawal' as indicator_id,
        participant_id,
        n_events,
        1 as n_trials,
        (select avg(everybody.n_events) from early as everybody) as n_expected
    from early

),

grouped as (

    select
        summed.*,
        summed.n_events - summed.n_expected as rest,
        'site' as group_kind,
        people.site_id as group_id
    from summed
    inner join people
        on summed.participant_id = people.participant_id
    union all
    select
        summed.*,
        summed.n_events - summed.n_expected as rest,
        'cohort' as group_kind,
        people.cohort as group_id
    from summed
    inner join people
        on summed.participant_id = people.participant_id

)

select
    grouped.indicator_id,
    grouped.group_kind,
    grouped.group_id,
    coalesce(dim_sites.label, grouped.group_id) as group_label,
    coalesce(dim_sites.position, 0) as group_position,
    cast(count(*) as bigint) as n_participants,
    cast(sum(grouped.n_trials) as bigint) as n_trials,
    cast(sum(grouped.n_events) as bigint) as n_events,
    cast(sum(grouped.n_expected) as double) as n_expected,
    cast(sum(grouped.rest * grouped.rest) as double) as sum_rest_squared,
    cast(sum(grouped.rest * grouped.n_trials) as double) as sum_rest_trials,
    cast(sum(grouped.n_trials * grouped.n_trials) as double) as sum_trials_squared
from grouped
left join dim_sites
    on
        grouped.group_kind = 'site'
        and grouped.group_id = dim_sites.site_id
where grouped.group_id is not null
group by
    grouped.indicator_id,
    grouped.group_kind,
    grouped.group_id,
    dim_sites.label,
    dim_sites.position
order by
    grouped.indicator_id,
    grouped.group_kind,
    group_position,
    grouped.group_id
