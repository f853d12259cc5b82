-- key_numbers
--
-- The few counts that say where a trial stands, each with its denominator.
-- Grain: one row per measure that the study has.
-- Reads: fct_participants, fct_participant_days, fct_adherence, fct_participant_totals, dim_adherence, dim_build, dim_study
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: measure         VARCHAR  'enrolled', 'in_study', 'active', 'adherent', 'sessions' or 'surveys'
-- Column: n               BIGINT   how many
-- Column: n_of            BIGINT   of how many
-- Column: n_participants  BIGINT   participants whom n_of is about
-- Column: position        INTEGER  order
with

people as (

    select
        fct_participants.participant_id,
        fct_participants.withdrawn_date,
        coalesce(
            fct_participants.withdrawn_date is null
            and dim_build.as_of_date < fct_participants.day_zero + 7 * dim_study.planned_weeks,
            false
        ) as is_in_planned_weeks
    from fct_participants
    cross join dim_build
    cross join dim_study
    where
        ($sites is null or list_contains($sites, fct_participants.site_id))
        and ($arms is null or list_contains($arms, fct_participants.arm_id))
        and ($cohorts is null or list_contains($cohorts, fct_participants.cohort))
        and ($participants is null or list_contains($participants, fct_participants.participant_id))

),

recent as (

    select distinct fct_participant_days.participant_id
    from fct_participant_days
    cross join dim_build
    where
        fct_participant_days.local_date > dim_build.as_of_date - 7
        and fct_participant_days.local_date <= dim_build.as_of_date

),

judged as (

    select
        fct_adherence.participant_id,
        fct_adherence.is_adherent
    from fct_adherence
    inner join dim_adherence
        on fct_adherence.definition_id = dim_adherence.definition_id
    where
        fct_adherence.is_evaluable
        and dim_adherence.position = (select min(first.position) from dim_adherence as first)

),

totals as (

    select
        totals.n_done,
        totals.n_over,
        totals.n_surveys_filled,
        totals.n_surveys_over
    from fct_participant_totals as totals
    inner join people
        on totals.participant_id = people.participant_id

),

measures as (

    select
        'enrolled' as measure,
        count(*) as n,
        count(*) as n_of,
        count(*) as n_participants,
        0 as position
    from people
    union all
    select
        'in_study' as measure,
        count(*) filter (where withdrawn_date is null) as n,
        count(*) as n_of,
        count(*) as n_participants,
        1 as position
    from people
    union all
    select
        'active' as measure,
        count(recent.participant_id) as n,
        count(*) as n_of,
        count(*) as n_participants,
        2 as position
    from people
    left join recent
        on people.participant_id = recent.participant_id
    where people.is_in_planned_weeks
    union all
    select
        'adherent' as measure,
        count(*) filter (where judged.is_adherent) as n,
        count(*) as n_of,
        count(*) as n_participants,
        3 as position
    from judged
    inner join people
        on judged.participant_id = people.participant_id
    union all
    select
        'sessions' as measure,
        sum(n_done) as n,
        sum(n_over) as n_of,
        count(*) as n_participants,
        4 as position
    from totals
    where n_over > 0
    union all
    select
        'surveys' as measure,
        sum(n_surveys_filled) as n,
        sum(n_surveys_over) as n_of,
        count(*) as n_participants,
        5 as position
    from totals
    where n_surveys_over > 0

)

select
    measure,
    cast(n as bigint) as n,
    cast(n_of as bigint) as n_of,
    cast(n_participants as bigint) as n_participants,
    position
from measures
where n_of > 0
order by position
