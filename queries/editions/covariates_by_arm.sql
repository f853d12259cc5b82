-- covariates_by_arm
--
-- Covariates of participants with their true arm.
-- Grain: one row per participant_id and covariate_id that is known.
-- Reads: fct_covariates, fct_participants
--
-- Column: covariate_id  VARCHAR  covariate
-- Column: arm_id        VARCHAR  arm
-- Column: number_value  DOUBLE   the number; NULL for a category
-- Column: text_value    VARCHAR  the category; NULL for a number
select
    covariates.covariate_id,
    people.arm_id,
    covariates.number_value,
    covariates.text_value
from fct_covariates as covariates
inner join fct_participants as people
    on covariates.participant_id = people.participant_id
where people.arm_id is not null
order by
    covariates.covariate_id,
    covariates.participant_id
