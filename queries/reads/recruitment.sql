-- recruitment
--
-- Participants enrolled per site and day, and how many there were by then.
-- Grain: one row per site and day on which somebody enrolled.
-- Reads: fct_participants, dim_sites
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: site_id        VARCHAR  site; '' where the study has none
-- Column: site_label     VARCHAR  what a person reads
-- Column: site_position  INTEGER  order in the study file
-- Column: enrolled_date  DATE     local date
-- Column: n_enrolled     BIGINT   participants enrolled that day
-- Column: n_so_far       BIGINT   participants enrolled up to and including that day
with

days as (

    select
        site_id,
        enrolled_date,
        cast(count(*) as bigint) as n_enrolled
    from fct_participants
    where
        enrolled_date is not null
        and ($sites is null or list_contains($sites, site_id))
        and ($arms is null or list_contains($arms, arm_id))
        and ($cohorts is null or list_contains($cohorts, cohort))
        and ($participants is null or list_contains($participants, participant_id))
    group by
        site_id,
        enrolled_date

)

select
    coalesce(days.site_id, '') as site_id,
    coalesce(dim_sites.label, 'All participants') as site_label,
    coalesce(dim_sites.position, 0) as site_position,
    days.enrolled_date,
    days.n_enrolled,
    cast(
        sum(days.n_enrolled) over (
            partition by days.site_id
            order by days.enrolled_date
        ) as bigint
    ) as n_so_far
from days
left join dim_sites
    on days.site_id = dim_sites.site_id
order by
    site_position,
    site_id,
    enrolled_date
