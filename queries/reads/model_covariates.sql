-- model_covariates
--
-- Covariates that a model holds constant, of every participant who may be seen.
-- Grain: one row per participant_id and covariate_id that is known.
-- Reads: fct_covariates
--
-- Param: covariates    VARCHAR[]  covariates to keep
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: participant_id  VARCHAR  participant
-- Column: covariate_id    VARCHAR  covariate
-- Column: number_value    DOUBLE   the number; NULL for a category
-- Column: text_value      VARCHAR  the category; NULL for a number
select
    participant_id,
    covariate_id,
    number_value,
    text_value
from fct_covariates
where
    list_contains(cast($covariates as varchar[]), covariate_id)
    and (
        cast($participants as varchar[]) is null
        or list_contains(cast($participants as varchar[]), participant_id)
    )
order by
    participant_id,
    covariate_id
