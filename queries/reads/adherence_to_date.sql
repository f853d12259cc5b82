-- adherence_to_date
--
-- Share of participants who adhered so far by the study's first definition, per arm, with a 95 % Wilson interval.
-- Grain: one row per arm with somebody evaluable.
-- Reads: fct_adherence, fct_participants, dim_adherence, dim_arms
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: definition_label  VARCHAR  the definition, in the study's words
-- Column: arm_id            VARCHAR  arm; '' where the study has none
-- Column: arm_label         VARCHAR  what a person reads
-- Column: arm_position      INTEGER  order in the study file
-- Column: n_evaluable       BIGINT   participants of whom anything was due
-- Column: n_yes             BIGINT   of these, who adhered
-- Column: share             DOUBLE   n_yes of n_evaluable, 0 to 1
-- Column: low               DOUBLE   lower end of the interval
-- Column: high              DOUBLE   upper end of the interval
with

definition as (

    select
        definition_id,
        label
    from dim_adherence
    where position = (select min(first.position) from dim_adherence as first)

),

people as (

    select
        participant_id,
        coalesce(arm_id, '') as arm_id
    from fct_participants
    where
        ($sites is null or list_contains($sites, site_id))
        and ($arms is null or list_contains($arms, arm_id))
        and ($cohorts is null or list_contains($cohorts, cohort))
        and ($participants is null or list_contains($participants, participant_id))

),

counts as (

    select
        definition.label as definition_label,
        people.arm_id,
        cast(count(*) as double) as n,
        cast(count(*) filter (where fct_adherence.is_adherent) as double) as n_yes
    from fct_adherence
    inner join definition
        on fct_adherence.definition_id = definition.definition_id
    inner join people
        on fct_adherence.participant_id = people.participant_id
    where fct_adherence.is_evaluable
    group by
        definition.label,
        people.arm_id

),

intervals as (

    select
        definition_label,
        arm_id,
        n,
        n_yes,
        n_yes / n as share,
        (n_yes + 1.920729) / (n + 3.841459) as centre,
        1.959964 * sqrt(n_yes * (n - n_yes) / n + 0.960365) / (n + 3.841459) as half_width
    from counts

)

select
    intervals.definition_label,
    intervals.arm_id,
    coalesce(dim_arms.label, 'All participants') as arm_label,
    coalesce(dim_arms.position, 0) as arm_position,
    cast(intervals.n as bigint) as n_evaluable,
    cast(intervals.n_yes as bigint) as n_yes,
    intervals.share,
    greatest(intervals.centre - intervals.half_width, 0.0) as low,
    least(intervals.centre + intervals.half_width, 1.0) as high
from intervals
left join dim_arms
    on intervals.arm_id = dim_arms.arm_id
order by
    arm_position,
    intervals.arm_id
