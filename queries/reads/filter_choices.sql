-- filter_choices
--
-- Every value that the filter bar offers, in the order in which it is offered.
-- Grain: one row per kind and choice.
-- Reads: dim_sites, dim_arms, dim_dimensions, fct_participants
--
-- Param:  sites         VARCHAR[]  sites that the viewer may see; NULL for all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL for all
-- Param:  is_masked     BOOLEAN    true gives no arms
--
-- Column: kind      VARCHAR  'site', 'arm', 'cohort' or 'dimension'
-- Column: choice    VARCHAR  id, as a link carries it
-- Column: label     VARCHAR  what a person reads
-- Column: position  INTEGER  order within the kind
with

seen as (

    select
        participant_id,
        cohort
    from fct_participants
    where
        ($sites is null or list_contains($sites, site_id))
        and ($participants is null or list_contains($participants, participant_id))

),

cohorts as (

    select distinct cohort
    from seen
    where cohort is not null

),

choices as (

    select
        'site' as kind,
        site_id as choice,
        label,
        position
    from dim_sites
    where $sites is null or list_contains($sites, site_id)
    union all
    select
        'arm' as kind,
        arm_id as choice,
        label,
        position
    from dim_arms
    where not $is_masked
    union all
    select
        'cohort' as kind,
        cohort as choice,
        cohort as label,
        0 as position
    from cohorts
    union all
    select
        'dimension' as kind,
        dimension_id as choice,
        label,
        position
    from dim_dimensions

)

select
    kind,
    choice,
    label,
    position
from choices
order by
    kind,
    position,
    choice
