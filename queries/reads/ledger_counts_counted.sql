-- ledger_counts_counted
--
-- The same as `ledger_counts` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per kind and status with any.
-- Like: reads/ledger_counts.sql
-- Reads: fct_ledger_counts
with

due as (

    select
        kind,
        status,
        previous_week,
        n_due
    from fct_ledger_counts
    where
        cast($participants as varchar[]) is null
        and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and study_week between $first_week and $last_week

)

select
    kind,
    status,
    cast(sum(n_due) as bigint) as n_due,
    (
        select cast(sum(people.n_due) as bigint)
        from due as people
        where
            people.kind = 'any'
            -- Each participant once: in the first of the weeks shown in which anything was due.
            and (people.previous_week is null or people.previous_week < $first_week)
    ) as n_participants
from due
where kind <> 'any'
group by
    kind,
    status
order by
    kind,
    status
