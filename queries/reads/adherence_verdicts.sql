-- adherence_verdicts
--
-- Who adhered by which definition, for those whom a definition can judge.
-- Grain: one row per participant_id and definition_id.
-- Reads: fct_participants, fct_adherence, dim_adherence
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  arms          VARCHAR[]  arms to count; NULL for all
-- Param:  cohorts       VARCHAR[]  months of enrolment to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
--
-- Column: participant_id  VARCHAR  participant
-- Column: definition_id   VARCHAR  definition
-- Column: label           VARCHAR  as the pages name it
-- Column: justification   VARCHAR  why this threshold
-- Column: position        INTEGER  order in the study file
-- Column: is_adherent     BOOLEAN  the value reaches the threshold
select
    fct_adherence.participant_id,
    dim_adherence.definition_id,
    dim_adherence.label,
    dim_adherence.justification,
    dim_adherence.position,
    fct_adherence.is_adherent
from fct_adherence
inner join dim_adherence
    on fct_adherence.definition_id = dim_adherence.definition_id
inner join fct_participants as people
    on fct_adherence.participant_id = people.participant_id
where
    fct_adherence.is_evaluable
    and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and ($participants is null or list_contains(cast($participants as varchar[]), people.participant_id))
order by
    fct_adherence.participant_id,
    dim_adherence.position
