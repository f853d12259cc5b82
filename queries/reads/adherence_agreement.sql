-- adherence_agreement
--
-- How many participants change class between two definitions of adherence.
-- Grain: one row per ordered pair of different definitions with a participant evaluable by both.
-- Reads: fct_participants, fct_adherence, dim_adherence
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: first_label      VARCHAR  name of one definition
-- Column: first_position   INTEGER  its order
-- Column: second_label     VARCHAR  name of the other definition
-- Column: second_position  INTEGER  its order
-- Column: n_both           BIGINT   participants evaluable by both
-- Column: n_changed        BIGINT   of these, adherent by one of the two alone
-- Column: n_first_only     BIGINT   of these, adherent by the first alone
-- Column: n_second_only    BIGINT   of these, adherent by the second alone
with

visible as (

    select participant_id
    from fct_participants
    where
        ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

),

classes as (

    select
        fct_adherence.participant_id,
        fct_adherence.definition_id,
        fct_adherence.is_adherent,
        dim_adherence.label,
        dim_adherence.position
    from fct_adherence
    inner join visible
        on fct_adherence.participant_id = visible.participant_id
    inner join dim_adherence
        on fct_adherence.definition_id = dim_adherence.definition_id
    where
        fct_adherence.is_evaluable
        and fct_adherence.is_adherent is not null

)

select
    firsts.label as first_label,
    firsts.position as first_position,
    seconds.label as second_label,
    seconds.position as second_position,
    count(*) as n_both,
    cast(sum(case when firsts.is_adherent <> seconds.is_adherent then 1 else 0 end) as bigint) as n_changed,
    cast(
        sum(case when firsts.is_adherent and not seconds.is_adherent then 1 else 0 end) as bigint
    ) as n_first_only,
    cast(
        sum(case when seconds.is_adherent and not firsts.is_adherent then 1 else 0 end) as bigint
    ) as n_second_only
from classes as firsts
inner join classes as seconds
    on
        firsts.participant_id = seconds.participant_id
        and firsts.definition_id <> seconds.definition_id
group by
    firsts.definition_id,
    firsts.label,
    firsts.position,
    seconds.definition_id,
    seconds.label,
    seconds.position
order by
    firsts.position,
    firsts.definition_id,
    seconds.position,
    seconds.definition_id
