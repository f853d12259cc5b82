-- adherence_definitions
--
-- Every adherence definition of the study with how many meet it, over the whole time at risk.
-- Grain: one row per definition.
-- Reads: dim_adherence, fct_participants, fct_adherence
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: definition_id  VARCHAR  definition
-- Column: label          VARCHAR  its name
-- Column: rule           VARCHAR  share_done, weeks_active, minutes or persistent
-- Column: threshold      DOUBLE   value from which a participant meets it
-- Column: minimum        DOUBLE   the least that counts within the rule
-- Column: justification  VARCHAR  why, in the study's words
-- Column: n_visible      BIGINT   participants that these filters show
-- Column: n_evaluable    BIGINT   of these, with enough data to tell
-- Column: n_adherent     BIGINT   of these, who meet the definition
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
        fct_adherence.definition_id,
        count(*) as n_visible,
        cast(sum(case when fct_adherence.is_evaluable then 1 else 0 end) as bigint) as n_evaluable,
        cast(
            sum(case when fct_adherence.is_evaluable and fct_adherence.is_adherent then 1 else 0 end)
            as bigint
        ) as n_adherent
    from fct_adherence
    inner join visible
        on fct_adherence.participant_id = visible.participant_id
    group by fct_adherence.definition_id

)

select
    dim_adherence.definition_id,
    dim_adherence.label,
    dim_adherence.rule,
    dim_adherence.threshold,
    dim_adherence.minimum,
    dim_adherence.justification,
    coalesce(classes.n_visible, 0) as n_visible,
    coalesce(classes.n_evaluable, 0) as n_evaluable,
    coalesce(classes.n_adherent, 0) as n_adherent
from dim_adherence
left join classes
    on dim_adherence.definition_id = classes.definition_id
order by
    dim_adherence.position,
    dim_adherence.definition_id
